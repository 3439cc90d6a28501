//! What the effects of a plan do not hold, and a price may need: attributes that stay as they are, and the
//! regions of the providers' configuration.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use lockkeeper_domain::effect::{Action, Effect};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::book::PriceBook;

/// What was read from a plan past its effects. Values in it are used for prices, and never shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlanContext {
    /// What stays as it is, by address.
    unchanged: BTreeMap<String, Value>,
    /// The region of each provider, by the provider's name.
    regions: BTreeMap<String, String>,
}

impl PlanContext {
    /// Whether reading a plan can add to an estimate of these effects: without anything that the book has
    /// prices for, there is no need to.
    pub fn is_wanted(effects: &[Effect], book: &PriceBook) -> bool {
        effects
            .iter()
            .any(|effect| book.rules.contains_key(&effect.resource_type) && !effect.action.is_idle())
    }

    /// Reads a plan, as `terraform show -json` writes it, once more. Of the objects that these effects alter
    /// it keeps those attributes that the price book asks for and that are not marked sensitive. What
    /// cannot be read is left out: the estimate is then as good as the effects alone make it.
    pub fn read(plan: &[u8], effects: &[Effect], book: &PriceBook) -> Self {
        let plan = plan.strip_prefix(b"\xef\xbb\xbf").unwrap_or(plan);
        let Ok(document) = serde_json::from_slice::<Document<'_>>(plan) else {
            return Self::default();
        };
        let altered = effects.iter().filter(|effect| {
            effect.deposed.is_none() && !matches!(effect.action, Action::Create | Action::Delete)
        });
        let wanted: BTreeMap<&str, &str> = altered
            .filter(|effect| book.rules.contains_key(&effect.resource_type) && !effect.action.is_idle())
            .map(|effect| (effect.address.as_str(), effect.resource_type.as_str()))
            .collect();
        let entries = document.resource_changes.iter().flatten();
        let unchanged = entries
            .filter_map(|entry| {
                let address = entry.address.as_ref().filter(|_| entry.deposed.is_none())?;
                let resource_type = *wanted.get(address.as_ref())?;
                let picked = unchanged(entry.change.as_ref()?, resource_type, book)?;
                Some((address.clone().into_owned(), picked))
            })
            .collect();
        Self {
            unchanged,
            regions: document.regions(book),
        }
    }

    /// What stays as it is of one object.
    pub(crate) fn unchanged(&self, effect: &Effect) -> Option<&Value> {
        self.unchanged
            .get(&effect.address)
            .filter(|_| effect.deposed.is_none())
    }

    /// The region that a provider is configured with.
    pub(crate) fn region(&self, provider: &str) -> Option<&str> {
        self.regions.get(provider).map(String::as_str)
    }
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default)]
    resource_changes: Option<Vec<Entry<'a>>>,
    #[serde(default)]
    variables: Option<BTreeMap<String, Variable>>,
    #[serde(borrow, default)]
    configuration: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Variable {
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    address: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    deposed: Option<&'a RawValue>,
    #[serde(borrow, default)]
    change: Option<Change<'a>>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow, default)]
    before: Option<&'a RawValue>,
    #[serde(borrow, default)]
    after: Option<&'a RawValue>,
    #[serde(borrow, default)]
    before_sensitive: Option<&'a RawValue>,
    #[serde(borrow, default)]
    after_sensitive: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Configuration {
    #[serde(default)]
    provider_config: Map<String, Value>,
}

fn unchanged(change: &Change<'_>, resource_type: &str, book: &PriceBook) -> Option<Value> {
    let rule = book.rules.get(resource_type)?;
    let inside = rule
        .components
        .iter()
        .flat_map(|component| match &component.each {
            Some(block) => vec![block.as_str()],
            None => component.attributes().collect(),
        });
    let required = rule
        .requires
        .iter()
        .map(|requirement| requirement.attribute.as_str());
    let provider = book.providers.get(&rule.provider)?;
    let regions = provider.region_attributes.iter().map(String::as_str);
    let names: BTreeSet<&str> = inside
        .chain(required)
        .chain(regions)
        .map(|path| path.split(['.', '[']).next().unwrap_or(path))
        .collect();
    let (before, after) = (parts(change.before), parts(change.after));
    let masks = [change.before_sensitive, change.after_sensitive].map(read);
    let is_open = |name: &&str| !masks.iter().any(|mask| marks_anything(mask.get(name)));
    let marked_whole = masks.contains(&Value::Bool(true));
    let same = names.into_iter().filter(|_| !marked_whole).filter(is_open);
    let pick = |name: &str| {
        let set = [&before, &after].into_iter().filter_map(|parts| parts.get(name));
        let value = set.map(|part| read(Some(part))).find(|value| !value.is_null());
        let value = value.or_else(|| after.contains_key(name).then_some(Value::Null))?;
        Some((name.to_owned(), value))
    };
    Some(Value::Object(same.filter_map(pick).collect()))
}

/// The parts of an object, of which only those are read that prices ask for.
fn parts(raw: Option<&RawValue>) -> BTreeMap<Cow<'_, str>, &RawValue> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
        .unwrap_or_default()
}

/// A value; null when there is none, or when it cannot be read.
fn read(raw: Option<&RawValue>) -> Value {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
        .unwrap_or_default()
}

fn marks_anything(mark: Option<&Value>) -> bool {
    match mark {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Array(marks)) => marks.iter().any(|mark| marks_anything(Some(mark))),
        Some(Value::Object(marks)) => marks.values().any(|mark| marks_anything(Some(mark))),
        Some(_) => true,
    }
}

impl Document<'_> {
    /// The regions of the providers without an alias. Only names that the book knows are kept.
    fn regions(&self, book: &PriceBook) -> BTreeMap<String, String> {
        let configuration = self
            .configuration
            .and_then(|raw| serde_json::from_str::<Configuration>(raw.get()).ok());
        let configured = configuration.unwrap_or(Configuration {
            provider_config: Map::new(),
        });
        let region = |name: &str, setting: &str| {
            let expression = configured
                .provider_config
                .get(name)?
                .pointer(&format!("/expressions/{setting}"))?;
            let constant = expression.get("constant_value").and_then(Value::as_str);
            let named = expression.pointer("/references/0").and_then(Value::as_str);
            let variable = || {
                self.variables
                    .as_ref()?
                    .get(named?.strip_prefix("var.")?)?
                    .value
                    .as_str()
            };
            constant.or_else(variable)
        };
        let providers = book.providers.iter().filter_map(|(name, provider)| {
            let text = region(name, provider.configured_by.as_deref()?)?;
            Some((name.clone(), provider.region_in(text)?.to_owned()))
        });
        providers.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(plan: &Value) -> PlanContext {
        let book = PriceBook::embedded().unwrap();
        let effect = Effect::new("aws_db_instance.main", "aws_db_instance", "aws", Action::Update);
        PlanContext::read(plan.to_string().as_bytes(), &[effect], book)
    }

    #[test]
    fn what_prices_need_is_kept_and_nothing_sensitive() {
        let values = json!({"engine": "postgres", "instance_class": "db.t3.micro", "password": "x", "multi_az": false});
        let plan = json!({"resource_changes": [
            {"address": "aws_db_instance.main", "change": {"before": values, "after": values,
             "before_sensitive": {"instance_class": true}}},
            {"address": "aws_db_instance.other", "change": {"before": values, "after": values}},
        ]});
        let context = read(&plan);
        assert_eq!(context.unchanged.len(), 1);
        assert_eq!(
            context.unchanged.get("aws_db_instance.main"),
            Some(&json!({"engine": "postgres", "multi_az": false}))
        );
    }

    #[test]
    fn the_region_is_that_of_the_configuration() {
        let constant = json!({"configuration": {"provider_config": {"aws": {"expressions":
            {"region": {"constant_value": "eu-central-1"}}}}}});
        assert_eq!(read(&constant).region("aws"), Some("eu-central-1"));
        let variable = json!({"variables": {"region": {"value": "eu-west-1"}}, "configuration": {"provider_config":
            {"aws": {"expressions": {"region": {"references": ["var.region"]}}}}}});
        assert_eq!(read(&variable).region("aws"), Some("eu-west-1"));
        let secret = json!({"configuration": {"provider_config": {"aws": {"expressions":
            {"region": {"constant_value": "hunter2"}}}}}});
        assert_eq!(read(&secret).region("aws"), None);
    }

    #[test]
    fn what_is_no_plan_adds_nothing() {
        for text in [
            "",
            "[]",
            "{\"resource_changes\": 5}",
            "{\"resource_changes\": [5, {}]}",
        ] {
            let book = PriceBook::embedded().unwrap();
            assert_eq!(
                PlanContext::read(text.as_bytes(), &[], book),
                PlanContext::default(),
                "{text}"
            );
        }
    }
}
