//! Writes a plan of the size that is asked for, the same in every run: modules of a hundred resources,
//! most of which stay as they are, with planned values, prior state and configuration as Terraform
//! writes them.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::super::BenchError;
use super::chance::Chance;
use super::kinds::{Kind, kinds};

/// Objects of each kind in a module.
const EACH: u64 = 10;
/// Modules that are written to know the size of one.
const SAMPLE: u64 = 3;

/// Writes the plan, about as large as asked for: it ends with a whole module.
pub(super) fn write(file: &Path, bytes: u64) -> Result<(), BenchError> {
    let mut sample = Counted::default();
    plan(&mut sample, SAMPLE)?;
    let modules = (bytes * SAMPLE).div_ceil(sample.0);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
    plan(&mut out, modules)?;
    out.flush()?;
    Ok(())
}

/// Counts what is written.
#[derive(Default)]
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn plan(out: &mut impl Write, modules: u64) -> std::io::Result<()> {
    out.write_all(br#"{"format_version":"1.2","terraform_version":"1.11.4","variables":{"region":{"value":"eu-west-1"}},"planned_values":{"root_module":"#)?;
    tree(out, modules, Object::planned)?;
    out.write_all(br#"},"resource_changes":["#)?;
    let objects = (0..modules).flat_map(objects);
    listed(out, objects.map(|object| object.change()))?;
    out.write_all(
        br#"],"prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":"#,
    )?;
    tree(out, modules, Object::prior)?;
    out.write_all(br#"}},"configuration":{"provider_config":{"aws":{"name":"aws","full_name":"registry.terraform.io/hashicorp/aws","expressions":{"region":{"references":["var.region"]}}}},"root_module":{"module_calls":{"#)?;
    for module in 0..modules {
        let comma = if module == 0 { "" } else { "," };
        write!(out, r#"{comma}"service_{module}":{}"#, call())?;
    }
    out.write_all(br#"},"variables":{"region":{}}}},"timestamp":"2026-01-01T00:00:00Z","applyable":true,"complete":true,"errored":false}"#)?;
    Ok(())
}

/// The modules with those of their objects that have a value.
fn tree(out: &mut impl Write, modules: u64, value: fn(&Object) -> Option<Value>) -> std::io::Result<()> {
    out.write_all(br#"{"child_modules":["#)?;
    for module in 0..modules {
        let comma = if module == 0 { "" } else { "," };
        write!(
            out,
            r#"{comma}{{"address":"module.service_{module}","resources":["#
        )?;
        listed(out, objects(module).filter_map(|object| value(&object)))?;
        out.write_all(b"]}")?;
    }
    out.write_all(b"]}")
}

fn listed(out: &mut impl Write, values: impl Iterator<Item = Value>) -> std::io::Result<()> {
    for (index, value) in values.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        serde_json::to_writer(&mut *out, &value)?;
    }
    Ok(())
}

/// What happens to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Keep,
    Update,
    Create,
    Delete,
    Replace,
}

/// One object of the plan.
struct Object {
    module: u64,
    kind: &'static Kind,
    index: u64,
    action: Action,
    values: Value,
}

fn objects(module: u64) -> impl Iterator<Item = Object> {
    (0..).zip(kinds()).flat_map(move |(place, kind)| {
        (0..EACH).map(move |index| {
            object(
                module,
                kind,
                Chance::new((module << 16) ^ (place << 8) ^ index),
                index,
            )
        })
    })
}

fn object(module: u64, kind: &'static Kind, mut chance: Chance, index: u64) -> Object {
    let action = match chance.below(100) {
        0..88 => Action::Keep,
        88..93 => Action::Update,
        93..97 => Action::Create,
        97..99 => Action::Delete,
        _ => Action::Replace,
    };
    let name = format!("service-{module}-{index}");
    let values = kind.values(&name, &mut chance);
    Object {
        module,
        kind,
        index,
        action,
        values,
    }
}

impl Object {
    fn described(&self) -> Map<String, Value> {
        let local = format!("{}.this[{}]", self.kind.resource_type, self.index);
        let fields = [
            (
                "address",
                json!(format!("module.service_{}.{local}", self.module)),
            ),
            ("mode", json!("managed")),
            ("type", json!(self.kind.resource_type)),
            ("name", json!("this")),
            ("index", json!(self.index)),
            ("provider_name", json!(self.kind.provider)),
        ];
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// The mirror that marks what is sensitive.
    fn mask(&self) -> Value {
        let marks = self
            .kind
            .sensitive
            .iter()
            .map(|attribute| (attribute.clone(), json!(true)));
        Value::Object(marks.chain([("tags".to_owned(), json!({}))]).collect())
    }

    /// The entry in planned values and in the prior state.
    fn state(&self, values: Value) -> Value {
        let mut fields = self.described();
        fields.insert("schema_version".to_owned(), json!(1));
        fields.insert("values".to_owned(), values);
        fields.insert("sensitive_values".to_owned(), self.mask());
        Value::Object(fields)
    }

    fn planned(&self) -> Option<Value> {
        (self.action != Action::Delete).then(|| self.state(self.after()))
    }

    fn prior(&self) -> Option<Value> {
        (self.action != Action::Create).then(|| self.state(self.values.clone()))
    }

    /// The values afterwards: another release, and an identifier that is not known yet for a new object.
    fn after(&self) -> Value {
        let mut values = self.values.clone();
        if self.action != Action::Keep
            && let Some(release) = values.pointer_mut("/tags/release")
        {
            *release = json!("2");
        }
        if matches!(self.action, Action::Create | Action::Replace)
            && let Some(fields) = values.as_object_mut()
        {
            fields.remove("id");
        }
        values
    }

    fn change(&self) -> Value {
        let (actions, before, after) = match self.action {
            Action::Keep => (json!(["no-op"]), self.values.clone(), self.values.clone()),
            Action::Update => (json!(["update"]), self.values.clone(), self.after()),
            Action::Create => (json!(["create"]), Value::Null, self.after()),
            Action::Delete => (json!(["delete"]), self.values.clone(), Value::Null),
            Action::Replace => (json!(["delete", "create"]), self.values.clone(), self.after()),
        };
        let is_new = matches!(self.action, Action::Create | Action::Replace);
        let unknown = if is_new { json!({"id": true}) } else { json!({}) };
        let mut fields = self.described();
        fields.insert(
            "module_address".to_owned(),
            json!(format!("module.service_{}", self.module)),
        );
        if self.action == Action::Replace {
            fields.insert("action_reason".to_owned(), json!("replace_by_request"));
        }
        let change = json!({
            "actions": actions, "before": before, "after": after, "after_unknown": unknown,
            "before_sensitive": self.mask(), "after_sensitive": self.mask(),
        });
        fields.insert("change".to_owned(), change);
        Value::Object(fields)
    }
}

/// The call of a module with its configuration.
fn call() -> Value {
    let resources: Vec<Value> = kinds()
        .iter()
        .map(|kind| {
            json!({
                "address": format!("{}.this", kind.resource_type), "mode": "managed", "type": kind.resource_type, "name": "this",
                "provider_config_key": "aws", "schema_version": 1, "count_expression": {"references": ["var.replicas"]},
                "expressions": {
                    "name": {"references": ["var.name", "count.index"]}, "tags": {"references": ["local.tags"]},
                    "vpc_security_group_ids": {"references": ["aws_security_group.this[0].id", "aws_security_group.this[0]", "aws_security_group.this"]},
                },
            })
        })
        .collect();
    json!({"source": "./modules/service", "expressions": {"name": {"constant_value": "shop"}, "replicas": {"constant_value": EACH}}, "module": {"resources": resources, "variables": {"name": {}, "replicas": {"default": 1}}}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_is_the_same_each_time_and_mostly_at_rest() {
        let mut first = Vec::new();
        plan(&mut first, 5).unwrap();
        let mut second = Vec::new();
        plan(&mut second, 5).unwrap();
        assert_eq!(first, second);
        let read: Value = serde_json::from_slice(&first).unwrap();
        let changes = read["resource_changes"].as_array().unwrap();
        assert_eq!(changes.len(), 500);
        let at_rest = changes
            .iter()
            .filter(|entry| entry["change"]["actions"][0] == "no-op");
        let at_rest = at_rest.count();
        assert!((400..480).contains(&at_rest), "{at_rest}");
    }

    #[test]
    fn the_size_is_what_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plan.json");
        write(&file, 1_000_000).unwrap();
        let size = std::fs::metadata(&file).unwrap().len();
        assert!((1_000_000..1_900_000).contains(&size), "{size}");
    }
}
