//! What differs between two versions of a state, read as if it were a plan from one to the other: the same effects,
//! the same care for what is sensitive, the same rendering.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::reader::{PlanDocument, ReadError, ReadOptions, read};

/// Attributes that providers hold for sensitive without the state saying so, and whose names do not tell it.
const KNOWN_SECRETS: [(&str, &str); 6] = [
    ("random_password", "bcrypt_hash"),
    ("random_password", "result"),
    ("tls_private_key", "private_key_openssh"),
    ("tls_private_key", "private_key_pem"),
    ("tls_private_key", "private_key_pem_pkcs8"),
    ("vault_generic_secret", "data_json"),
];

/// The reason of an effect, in the place of the engine's: the object is marked as damaged since.
pub const BECAME_TAINTED: &str = "became_tainted";
/// The object is no longer marked as damaged.
pub const NO_LONGER_TAINTED: &str = "no_longer_tainted";
const TAINTED: &str = "tainted";

/// Why two versions cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum StateDiffError {
    /// OpenTofu encrypted one of them.
    #[error("OpenTofu encrypted it, and only OpenTofu has the key")]
    Encrypted,
    /// One is not a state as Terraform 0.12 and later write it.
    #[error("one is not a state of a form that is known: {0}")]
    NotAState(String),
    /// They cannot be read as a plan.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Compares two states.
///
/// # Errors
/// When one of them is no state, or OpenTofu encrypted it.
pub fn compare(
    before: &[u8],
    after: &[u8],
    fingerprint_key: [u8; 32],
) -> Result<PlanDocument, StateDiffError> {
    let (before, after) = (parse(before)?, parse(after)?);
    let plan = json!({
        "format_version": "1.2",
        "resource_changes": resources(&before, &after),
        "output_changes": outputs(&before, &after),
    });
    let options = ReadOptions {
        fingerprint_key: Some(fingerprint_key),
    };
    Ok(read(plan.to_string().as_bytes(), &options)?)
}

fn parse(body: &[u8]) -> Result<State, StateDiffError> {
    // Serde takes an array for a structure, too.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(StateDiffError::NotAState("it is no JSON object".to_owned()));
    }
    let state: State =
        serde_json::from_slice(body).map_err(|error| StateDiffError::NotAState(error.to_string()))?;
    match state.encrypted_data {
        Some(_) => Err(StateDiffError::Encrypted),
        None => Ok(state),
    }
}

#[derive(Deserialize)]
struct State {
    #[serde(default)]
    encrypted_data: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    outputs: BTreeMap<String, Output>,
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    value: Value,
    #[serde(default)]
    sensitive: bool,
}

#[derive(Deserialize)]
struct Resource {
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(default)]
    module: Option<String>,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    #[serde(default)]
    index_key: Option<Value>,
    #[serde(default)]
    deposed: Option<String>,
    /// `tainted`, or absent.
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    attributes: Value,
    #[serde(default)]
    sensitive_attributes: Value,
}

/// An instance with what is said of its resource.
#[derive(Clone, Copy)]
struct Object<'a> {
    resource: &'a Resource,
    instance: &'a Instance,
}

impl State {
    fn objects(&self) -> BTreeMap<(String, Option<&str>), Object<'_>> {
        let managed = self
            .resources
            .iter()
            .filter(|resource| resource.mode == "managed");
        let objects = managed.flat_map(|resource| {
            resource
                .instances
                .iter()
                .map(move |instance| Object { resource, instance })
        });
        objects
            .map(|object| ((object.address(), object.instance.deposed.as_deref()), object))
            .collect()
    }
}

impl Object<'_> {
    fn address(&self) -> String {
        let Resource {
            kind, name, module, ..
        } = self.resource;
        let module = module
            .as_ref()
            .map(|module| format!("{module}."))
            .unwrap_or_default();
        let index = self
            .instance
            .index_key
            .as_ref()
            .map(|index| format!("[{index}]"))
            .unwrap_or_default();
        format!("{module}{kind}.{name}{index}")
    }

    fn is_tainted(&self) -> bool {
        self.instance.status.as_deref() == Some(TAINTED)
    }

    /// The mirror of the attributes that is true where they are sensitive. What is sensitive within a list or a
    /// map makes the whole attribute so: to say too little would tell a secret.
    fn mask(&self) -> Value {
        let mut mask = Map::new();
        let known = KNOWN_SECRETS
            .iter()
            .filter(|(kind, _)| *kind == self.resource.kind);
        mask.extend(known.map(|(_, attribute)| ((*attribute).to_owned(), Value::Bool(true))));
        for path in self
            .instance
            .sensitive_attributes
            .as_array()
            .into_iter()
            .flatten()
        {
            match path.pointer("/0/value").and_then(Value::as_str) {
                Some(attribute) => drop(mask.insert(attribute.to_owned(), Value::Bool(true))),
                None => return Value::Bool(true),
            }
        }
        Value::Object(mask)
    }
}

fn resources(before: &State, after: &State) -> Vec<Value> {
    let (old, new) = (before.objects(), after.objects());
    let addresses: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let change = |address: &&(String, Option<&str>)| {
        let (old, new) = (old.get(*address).copied(), new.get(*address).copied());
        let tainted = |object: Option<Object<'_>>| object.is_some_and(|object| object.is_tainted());
        let reason = match (tainted(old), tainted(new)) {
            (false, true) => Some(BECAME_TAINTED),
            (true, false) if new.is_some() => Some(NO_LONGER_TAINTED),
            _ => None,
        };
        let action = match (old, new) {
            (Some(old), Some(new))
                if old.instance.attributes == new.instance.attributes && reason.is_none() =>
            {
                return None;
            }
            (Some(_), Some(_)) => "update",
            (Some(_), None) => "delete",
            _ => "create",
        };
        let Object { resource, instance } = new.or(old)?;
        let mut change = json!({
            "address": address.0,
            "mode": resource.mode,
            "type": resource.kind,
            "name": resource.name,
            "provider_name": provider(&resource.provider),
            "change": {
                "actions": [action],
                "before": old.map_or(&Value::Null, |old| &old.instance.attributes),
                "after": new.map_or(&Value::Null, |new| &new.instance.attributes),
                "after_unknown": {},
                "before_sensitive": old.map_or(Value::Bool(false), |old| old.mask()),
                "after_sensitive": new.map_or(Value::Bool(false), |new| new.mask()),
            },
        });
        for (name, value) in [
            ("module_address", resource.module.clone().map(Value::String)),
            ("index", instance.index_key.clone()),
            ("deposed", instance.deposed.clone().map(Value::String)),
            ("action_reason", reason.map(Value::from)),
        ] {
            if let (Some(value), Some(fields)) = (value, change.as_object_mut()) {
                fields.insert(name.to_owned(), value);
            }
        }
        Some(change)
    };
    addresses.iter().filter_map(change).collect()
}

/// `provider["registry.terraform.io/hashicorp/aws"]`, perhaps behind a module and before an alias.
fn provider(text: &str) -> &str {
    text.split('"').nth(1).unwrap_or(text)
}

fn outputs(before: &State, after: &State) -> Map<String, Value> {
    let names: BTreeSet<&String> = before.outputs.keys().chain(after.outputs.keys()).collect();
    let change = |name: &&String| {
        let (old, new) = (before.outputs.get(*name), after.outputs.get(*name));
        let action = match (old, new) {
            (Some(old), Some(new)) if old.value == new.value => return None,
            (Some(_), Some(_)) => "update",
            (Some(_), None) => "delete",
            _ => "create",
        };
        let change = json!({
            "actions": [action],
            "before": old.map_or(&Value::Null, |old| &old.value),
            "after": new.map_or(&Value::Null, |new| &new.value),
            "after_unknown": false,
            "before_sensitive": old.is_some_and(|old| old.sensitive),
            "after_sensitive": new.is_some_and(|new| new.sensitive),
        });
        Some(((*name).clone(), change))
    };
    names.iter().filter_map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lockkeeper_domain::effect::Action;

    fn state(resources: &Value, outputs: &Value) -> Vec<u8> {
        json!({"version": 4, "serial": 1, "lineage": "l", "resources": resources, "outputs": outputs})
            .to_string()
            .into_bytes()
    }

    fn resource(kind: &str, name: &str, attributes: &Value, sensitive: &Value) -> Value {
        json!({"mode": "managed", "type": kind, "name": name, "provider": "provider[\"registry.terraform.io/hashicorp/x\"]",
            "instances": [{"attributes": attributes, "sensitive_attributes": sensitive}]})
    }

    fn difference(before: &Value, after: &Value) -> PlanDocument {
        compare(&state(before, &json!({})), &state(after, &json!({})), [7; 32]).unwrap()
    }

    #[test]
    fn what_came_went_and_is_otherwise() {
        let same = resource("t", "same", &json!({"a": 1}), &json!([]));
        let before = json!([
            same,
            resource("t", "gone", &json!({"a": 1}), &json!([])),
            resource("t", "x", &json!({"a": 1}), &json!([]))
        ]);
        let after = json!([
            resource("t", "new", &json!({"a": 1}), &json!([])),
            resource("t", "x", &json!({"a": 2}), &json!([])),
            same
        ]);
        let found = difference(&before, &after);
        let effects: Vec<_> = found
            .effects
            .iter()
            .map(|effect| (effect.address.as_str(), effect.action.clone()))
            .collect();
        assert_eq!(
            effects,
            [
                ("t.gone", Action::Delete),
                ("t.new", Action::Create),
                ("t.x", Action::Update)
            ]
        );
    }

    #[test]
    fn what_became_tainted_or_deposed_is_told() {
        let with = |instance: &Value| {
            let mut resource = resource("t", "x", &json!({"a": 1}), &json!([]));
            resource["instances"] = instance.clone();
            json!([resource])
        };
        let plain = with(&json!([{"attributes": {"a": 1}}]));
        let tainted = with(&json!([{"attributes": {"a": 1}, "status": "tainted"}]));
        let deposed = with(&json!([{"attributes": {"a": 1}, "deposed": "7d2f"}]));
        let told = |before: &Value, after: &Value| -> Vec<_> {
            let found = difference(before, after);
            let effects = found.effects.into_iter();
            effects
                .map(|effect| (effect.action, effect.deposed, effect.action_reason))
                .collect()
        };
        assert_eq!(
            told(&plain, &tainted),
            [(Action::Update, None, Some(BECAME_TAINTED.to_owned()))]
        );
        assert_eq!(
            told(&tainted, &plain),
            [(Action::Update, None, Some(NO_LONGER_TAINTED.to_owned()))]
        );
        assert_eq!(
            told(&plain, &deposed),
            [
                (Action::Delete, None, None),
                (Action::Create, Some("7d2f".to_owned()), None)
            ]
        );
    }

    #[test]
    fn no_secret_is_told() {
        let path = |name: &str| json!([[{"type": "get_attr", "value": name}]]);
        let deep = json!([[{"type": "get_attr", "value": "tags"}, {"type": "index", "value": {"value": "k", "type": "string"}}]]);
        let with = |secret: &str| {
            json!([
                resource(
                    "t",
                    "marked",
                    &json!({"note": format!("{secret}-1")}),
                    &path("note")
                ),
                resource("t", "deep", &json!({"tags": {"k": format!("{secret}-2")}}), &deep),
                resource(
                    "t",
                    "named",
                    &json!({"password": format!("{secret}-3")}),
                    &json!([])
                ),
                resource(
                    "random_password",
                    "known",
                    &json!({"result": format!("{secret}-4")}),
                    &json!([])
                ),
            ])
        };
        let output = |secret: &str| json!({"o": {"value": format!("{secret}-5"), "type": "string", "sensitive": true}});
        let found = compare(
            &state(&with("correct-horse"), &output("correct-horse")),
            &state(&with("battery-staple"), &output("battery-staple")),
            [7; 32],
        )
        .unwrap();
        assert_eq!((found.effects.len(), found.outputs.len()), (4, 1));
        let text = serde_json::to_string(&found).unwrap();
        assert!(
            !text.contains("correct-horse") && !text.contains("battery-staple"),
            "{text}"
        );
    }

    #[test]
    fn what_cannot_be_compared_says_why() {
        let plain = state(&json!([]), &json!({}));
        let encrypted = br#"{"serial":1,"lineage":"l","encrypted_data":"AA=="}"#;
        assert!(matches!(
            compare(&plain, encrypted, [7; 32]),
            Err(StateDiffError::Encrypted)
        ));
        assert!(matches!(
            compare(b"[]", &plain, [7; 32]),
            Err(StateDiffError::NotAState(_))
        ));
    }
}
