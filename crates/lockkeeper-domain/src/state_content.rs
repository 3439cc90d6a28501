//! What stands in a state: how many resources, and which.

use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::state_version::{InvalidState, StateFacts};

/// What is read of a state when it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateContent {
    /// Its serial and lineage.
    pub facts: StateFacts,
    /// Each object that Terraform manages; none where that cannot be read: OpenTofu encrypted it, or it has a
    /// form that is not known.
    pub resources: Option<Vec<StateResource>>,
}

/// An object in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateResource {
    /// The address: `module.network.aws_subnet.private["a"]`.
    pub address: String,
    /// The type: `aws_subnet`.
    pub kind: String,
    /// The identifier that the provider gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name that it has outside of Terraform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl StateResource {
    /// The texts by which it is found: type, address with and without its index, identifier and name.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let whole = self
            .address
            .strip_suffix(']')
            .and_then(|address| address.rfind('['));
        let resource = whole.and_then(|at| self.address.get(..at));
        [
            Some(self.kind.as_str()),
            Some(self.address.as_str()),
            resource,
            self.id.as_deref(),
            self.name.as_deref(),
        ]
        .into_iter()
        .flatten()
    }

    /// Whether it is found by that text.
    pub fn is_found_by(&self, text: &str) -> bool {
        self.words().any(|word| word == text)
    }
}

impl StateContent {
    /// Reads a state, of Terraform or encrypted by OpenTofu.
    ///
    /// # Errors
    /// When the body is not JSON, or its serial or lineage is missing.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidState> {
        if let Ok(Whole {
            serial,
            lineage,
            resources,
        }) = serde_json::from_slice(StateFacts::object(body)?)
        {
            let facts = StateFacts { serial, lineage }.checked()?;
            let resources = resources.map(|objects| objects.0);
            return Ok(Self { facts, resources });
        }
        // A form that is not known is no reason to refuse a state: it is kept as it is, and not looked into.
        let facts = StateFacts::parse(body)?;
        Ok(Self {
            facts,
            resources: None,
        })
    }

    /// Reads what stands in a state, which may be too big for memory; none where that cannot be read.
    pub fn read_resources(body: impl std::io::Read) -> Option<Vec<StateResource>> {
        let document: Document = serde_json::from_reader(body).ok()?;
        document.resources.map(|objects| objects.0)
    }
}

/// Facts and content at once: reading a body once instead of twice is most of the work of a write.
#[derive(Deserialize)]
struct Whole {
    serial: i64,
    lineage: String,
    resources: Option<Objects>,
}

#[derive(Deserialize)]
struct Document {
    resources: Option<Objects>,
}

/// What is kept of each resource. The rest of it is dropped before the next one is read.
struct Objects(Vec<StateResource>);

impl<'de> Deserialize<'de> for Objects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Self(Vec::new()))
    }
}

impl<'de> Visitor<'de> for Objects {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the resources of a state")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut resources: A) -> Result<Self, A::Error> {
        while let Some(resource) = resources.next_element::<Resource>()? {
            self.0.extend(resource.objects());
        }
        Ok(self)
    }
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
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    #[serde(default)]
    index_key: Option<Value>,
    #[serde(default)]
    attributes: Option<Named>,
}

#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    id: Option<Value>,
    #[serde(default)]
    name: Option<Value>,
}

impl Resource {
    fn objects(self) -> Vec<StateResource> {
        if self.mode != "managed" {
            return Vec::new();
        }
        let module = self.module.map(|module| format!("{module}.")).unwrap_or_default();
        let resource = format!("{module}{}.{}", self.kind, self.name);
        let object = |instance: Instance| {
            let named = instance.attributes.unwrap_or_default();
            StateResource {
                address: match instance.index_key {
                    // A JSON text is quoted as Terraform quotes it.
                    Some(index) => format!("{resource}[{index}]"),
                    None => resource.clone(),
                },
                kind: self.kind.clone(),
                id: named.id.and_then(text),
                name: named.name.and_then(text),
            }
        };
        self.instances.into_iter().map(object).collect()
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &[u8] = br#"{"version":4,"serial":3,"lineage":"x","resources":[
        {"mode":"managed","type":"aws_db_instance","name":"main","module":"module.shop","instances":[
            {"index_key":"a","attributes":{"id":"db-1","name":"orders","password":"hunter2"}},
            {"index_key":0,"attributes":{"id":7}}]},
        {"mode":"data","type":"aws_ami","name":"x","instances":[{"attributes":{"id":"ami-1"}}]},
        {"mode":"managed","type":"terraform_data","name":"b","instances":[{"attributes":{"input":1}}]}]}"#;

    #[test]
    fn objects_are_found_by_type_address_identifier_and_name() {
        let resources = StateContent::parse(STATE).unwrap().resources.unwrap();
        let found = |text: &str| {
            resources
                .iter()
                .filter(|resource| resource.is_found_by(text))
                .count()
        };
        assert_eq!(resources.len(), 3);
        for (text, count) in [
            ("aws_db_instance", 2),
            ("module.shop.aws_db_instance.main", 2),
            (r#"module.shop.aws_db_instance.main["a"]"#, 1),
            ("module.shop.aws_db_instance.main[0]", 1),
            ("db-1", 1),
            ("7", 1),
            ("orders", 1),
            ("terraform_data.b", 1),
            ("ami-1", 0),
            ("hunter2", 0),
        ] {
            assert_eq!(found(text), count, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_still_a_state() {
        for body in [
            &br#" {"serial":1,"lineage":"x","encrypted_data":"AA=="}"#[..],
            br#"{"serial":1,"lineage":"x","resources":[{"mode":1}]}"#,
            br#"{"serial":1,"lineage":"x","resources":{}}"#,
        ] {
            assert_eq!(StateContent::parse(body).unwrap().resources, None);
        }
        for body in [&b"{}"[..], br#"[1,"x"]"#, br#"[1,"x",[]]"#, b""] {
            assert!(StateContent::parse(body).is_err());
        }
    }
}
