//! From the values that rules answer with to findings and classes.

use std::collections::BTreeSet;

use lockkeeper_domain::risk::{Reason, RiskClass};
use lockkeeper_domain::role::Function;
use regorus::Value;
use serde_json::{Map, Value as Json};

use crate::limits::{MESSAGE, VALUES};
use crate::outcome::Finding;
use crate::problem::PolicyError;
use crate::program::Definition;

/// What `deny`, `warn` and `violation` should answer with.
const MESSAGES: &str =
    "write `RULE contains msg if { ... }`, where `msg` is a text or an object with a text `msg`";
/// What `class` should answer with.
const CLASSES: &str = "write `RULE contains class if { ... }`, where `class` is \"low\", \"medium\" or \"high\", or an object with `class` and `msg`";
/// What `exception` should answer with.
const NAMES: &str = "write `exception contains rules if { rules := [\"NAME\"] }`, with names without `deny_`";
/// What the rule of a decision should answer with.
const DECISION: &str = "a decision is `true` or `false`";

/// The rule that answers, for what is said about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) definition: &'a Definition,
}

impl Asked<'_> {
    fn full_name(&self) -> String {
        format!("{}.{}", self.definition.package.join("."), self.definition.name())
    }

    fn unusable(&self, value: &Value, expected: &'static str) -> PolicyError {
        PolicyError::Unusable {
            place: format!("{}:{}", self.definition.file, self.definition.line),
            rule: self.full_name(),
            found: kind(value),
            expected,
        }
    }

    fn finding(&self, message: &str, metadata: Map<String, Json>) -> Finding {
        let message = if message.trim().is_empty() {
            format!("the rule `{}` says so, without a word", self.full_name())
        } else {
            message.chars().take(MESSAGE).collect()
        };
        Finding {
            namespace: self.definition.package.join("."),
            rule: self.definition.name().to_owned(),
            message,
            metadata,
            file: self.definition.file.clone(),
            line: self.definition.line,
        }
    }

    /// The findings that the value of a rule makes: a set or list of messages, one message, or whether
    /// there is one.
    pub(crate) fn findings(&self, value: &Value) -> Result<Vec<Finding>, PolicyError> {
        match value {
            Value::Set(messages) => messages.iter().map(|message| self.message(message)).collect(),
            Value::Array(messages) => messages.iter().map(|message| self.message(message)).collect(),
            Value::Bool(false) => Ok(Vec::new()),
            Value::Bool(true) => Ok(vec![self.finding("", Map::new())]),
            Value::String(_) => Ok(vec![self.message(value)?]),
            other => Err(self.unusable(other, MESSAGES)),
        }
    }

    fn message(&self, value: &Value) -> Result<Finding, PolicyError> {
        match value {
            Value::String(message) => Ok(self.finding(message, Map::new())),
            Value::Object(_) => {
                let mut parts = self.object(value, MESSAGES)?;
                match parts.remove("msg") {
                    Some(Json::String(message)) => Ok(self.finding(&message, parts)),
                    _ => Err(self.unusable(value, MESSAGES)),
                }
            }
            other => Err(self.unusable(other, MESSAGES)),
        }
    }

    /// The reasons that the value of a class rule makes.
    pub(crate) fn reasons(&self, value: &Value) -> Result<Vec<Reason>, PolicyError> {
        match value {
            Value::Set(classes) => classes.iter().map(|class| self.reason(class)).collect(),
            Value::Array(classes) => classes.iter().map(|class| self.reason(class)).collect(),
            Value::Bool(false) => Ok(Vec::new()),
            other => Ok(vec![self.reason(other)?]),
        }
    }

    fn reason(&self, value: &Value) -> Result<Reason, PolicyError> {
        let parts = match value {
            Value::String(class) => Map::from_iter([("class".to_owned(), Json::from(class.as_ref()))]),
            Value::Object(_) => self.object(value, CLASSES)?,
            other => return Err(self.unusable(other, CLASSES)),
        };
        let text = |key: &str| parts.get(key).and_then(Json::as_str);
        let class: Option<RiskClass> = text("class").and_then(|class| class.parse().ok());
        let functions = self.functions(&parts, value)?;
        let class = class.ok_or_else(|| self.unusable(value, CLASSES))?;
        let default = format!("the policy `{}` says so", self.full_name());
        Ok(Reason {
            class,
            rule: format!("policy:{}", self.full_name()),
            address: text("address").unwrap_or_default().to_owned(),
            deposed: None,
            text: text("msg").map_or(default, |message| message.chars().take(MESSAGE).collect()),
            functions,
        })
    }

    /// The functions of reviewers that a class calls for, when it names any.
    fn functions(&self, parts: &Map<String, Json>, value: &Value) -> Result<BTreeSet<Function>, PolicyError> {
        let named = match parts.get("functions") {
            None => return Ok(BTreeSet::new()),
            Some(Json::Array(named)) => named.iter().map(|name| name.as_str()?.parse().ok()).collect(),
            Some(_) => None,
        };
        named.ok_or_else(|| {
            self.unusable(
                value,
                "`functions` are names such as [\"security\", \"database\"]",
            )
        })
    }

    /// The names that exceptions hold.
    pub(crate) fn exceptions(&self, value: &Value) -> Result<BTreeSet<String>, PolicyError> {
        let mut names = BTreeSet::new();
        let lists = list(value).ok_or_else(|| self.unusable(value, NAMES))?;
        for rules in lists {
            for name in list(rules).ok_or_else(|| self.unusable(rules, NAMES))? {
                let Value::String(name) = name else {
                    return Err(self.unusable(name, NAMES));
                };
                names.insert(name.to_string());
            }
        }
        Ok(names)
    }

    /// What is found when the rule decides against the plan; undefined decides against it, too.
    pub(crate) fn decision(&self, value: Option<&Value>) -> Result<Option<Finding>, PolicyError> {
        let message = match value {
            Some(Value::Bool(true)) => return Ok(None),
            Some(Value::Bool(false)) => "the decision is `false`",
            None => "the decision is undefined: no rule allows the plan",
            Some(other) => return Err(self.unusable(other, DECISION)),
        };
        Ok(Some(self.finding(message, Map::new())))
    }

    fn object(&self, value: &Value, expected: &'static str) -> Result<Map<String, Json>, PolicyError> {
        let mut left = VALUES;
        match json(value, &mut left) {
            Some(Json::Object(parts)) => Ok(parts),
            _ => Err(self.unusable(value, expected)),
        }
    }
}

fn list(value: &Value) -> Option<Box<dyn Iterator<Item = &Value> + '_>> {
    match value {
        Value::Set(set) => Some(Box::new(set.iter())),
        Value::Array(list) => Some(Box::new(list.iter())),
        _ => None,
    }
}

/// The value as JSON; nothing when it holds more values than `left`. Parts of a value can be shared, so
/// that a small one may stand for a huge document.
fn json(value: &Value, left: &mut usize) -> Option<Json> {
    *left = left.checked_sub(1)?;
    Some(match value {
        Value::Null | Value::Undefined => Json::Null,
        Value::Bool(yes) => Json::Bool(*yes),
        Value::String(text) => Json::from(text.as_ref()),
        Value::Number(_) => serde_json::to_value(value).ok()?,
        Value::Array(parts) => Json::Array(parts.iter().map(|part| json(part, left)).collect::<Option<_>>()?),
        Value::Set(parts) => Json::Array(parts.iter().map(|part| json(part, left)).collect::<Option<_>>()?),
        Value::Object(parts) => {
            let parts = parts.iter().map(|(key, part)| {
                let key = match key {
                    Value::String(text) => text.to_string(),
                    other => json(other, left)?.to_string(),
                };
                Some((key, json(part, left)?))
            });
            Json::Object(parts.collect::<Option<_>>()?)
        }
    })
}

/// What a value is, in words, with the value when it is short.
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Undefined => "nothing".to_owned(),
        Value::Bool(yes) => format!("`{yes}`"),
        Value::Number(_) => "a number".to_owned(),
        Value::String(text) => format!(
            "the text \"{}\"",
            text.chars().take(60).collect::<String>().escape_debug()
        ),
        Value::Array(_) => "a list".to_owned(),
        Value::Set(_) => "a set".to_owned(),
        Value::Object(_) => "an object that does not fit".to_owned(),
    }
}
