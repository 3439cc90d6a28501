//! What stands in a state: how many resources, and which.

use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::state_version::{InvalidState, StateFacts};

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

/// Reads a state, of Terraform or encrypted by OpenTofu, and hands on each object that Terraform manages. Answers its
/// serial and lineage, and whether all of these were handed on: they cannot be where OpenTofu encrypted them, or
/// where the state has a form that is not known.
///
/// # Errors
/// When the body is not JSON, or its serial or lineage is missing.
pub fn read_state(body: &[u8], each: impl FnMut(StateResource)) -> Result<(StateFacts, bool), InvalidState> {
    let mut reader = serde_json::Deserializer::from_slice(StateFacts::object(body)?);
    let read = Content(each).deserialize(&mut reader);
    if let Ok(Read {
        serial: Some(serial),
        lineage: Some(lineage),
        listed,
    }) = read.and_then(|read| reader.end().map(|()| read))
    {
        return Ok((StateFacts { serial, lineage }.checked()?, listed));
    }
    // A form that is not known is no reason to refuse a state: it is kept as it is, and not looked into.
    Ok((StateFacts::parse(body)?, false))
}

/// Hands on each object that Terraform manages in a state, which may be too big for memory. Answers whether that could
/// be read.
pub fn read_resources(body: impl std::io::Read, each: impl FnMut(StateResource)) -> bool {
    let mut reader = serde_json::Deserializer::from_reader(body);
    let read = Content(each).deserialize(&mut reader);
    read.is_ok_and(|read| read.listed && reader.end().is_ok())
}

/// Facts and content at once: reading a body once instead of twice is most of the work of a write. What takes the
/// objects gets each of them before the next one is read.
struct Content<F>(F);

#[derive(Default)]
struct Read {
    serial: Option<i64>,
    lineage: Option<String>,
    listed: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Key {
    Serial,
    Lineage,
    Resources,
    #[serde(other)]
    Other,
}

impl<'de, F: FnMut(StateResource)> DeserializeSeed<'de> for Content<F> {
    type Value = Read;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(StateResource)> Visitor<'de> for Content<F> {
    type Value = Read;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a state")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Read, A::Error> {
        let mut read = Read::default();
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Serial if read.serial.is_none() => read.serial = Some(map.next_value()?),
                Key::Lineage if read.lineage.is_none() => read.lineage = Some(map.next_value()?),
                Key::Resources if !read.listed => {
                    map.next_value_seed(Objects(&mut self.0))?;
                    read.listed = true;
                }
                Key::Other => _ = map.next_value::<IgnoredAny>()?,
                _ => return Err(A::Error::custom("a key stands twice")),
            }
        }
        Ok(read)
    }
}

/// The resources of a state. What is not handed on of one is dropped before the next one is read.
struct Objects<'f, F>(&'f mut F);

impl<'de, F: FnMut(StateResource)> DeserializeSeed<'de> for Objects<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(StateResource)> Visitor<'de> for Objects<'_, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the resources of a state")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut resources: A) -> Result<(), A::Error> {
        while let Some(resource) = resources.next_element::<Resource>()? {
            resource.objects(&mut *self.0);
        }
        Ok(())
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
    fn objects(self, each: &mut impl FnMut(StateResource)) {
        if self.mode != "managed" {
            return;
        }
        let module = self.module.map(|module| format!("{module}.")).unwrap_or_default();
        let resource = format!("{module}{}.{}", self.kind, self.name);
        for instance in self.instances {
            let named = instance.attributes.unwrap_or_default();
            each(StateResource {
                address: match instance.index_key {
                    // A JSON text is quoted as Terraform quotes it.
                    Some(index) => format!("{resource}[{index}]"),
                    None => resource.clone(),
                },
                kind: self.kind.clone(),
                id: named.id.and_then(text),
                name: named.name.and_then(text),
            });
        }
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

    fn read(body: &[u8]) -> Result<Option<Vec<StateResource>>, InvalidState> {
        let mut resources = Vec::new();
        let (_, listed) = read_state(body, |resource| resources.push(resource))?;
        let mut streamed = Vec::new();
        assert_eq!(read_resources(body, |resource| streamed.push(resource)), listed);
        if listed {
            assert_eq!(resources, streamed);
        }
        Ok(listed.then_some(resources))
    }

    #[test]
    fn objects_are_found_by_type_address_identifier_and_name() {
        let resources = read(STATE).unwrap().unwrap();
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
            br#"{"serial":1,"lineage":"x","resources":null}"#,
            br#"{"serial":1,"lineage":"x","resources":[],"resources":[]}"#,
        ] {
            assert_eq!(read(body).unwrap(), None);
        }
        for body in [&b"{}"[..], br#"[1,"x"]"#, br#"[1,"x",[]]"#, b""] {
            assert!(read(body).is_err());
        }
    }
}
