//! Values, read strictly: an object in which a key stands twice with different values is refused. (Real
//! providers have written one twice with the same value.)

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::cursor::Cursor;
use super::error::ReadError;
use super::parse::explain;
use super::shape::{Raw, Text};
use super::stream::unescaped;
use crate::text::excerpt;

/// Reads a value; an absent one is null.
pub(super) fn value(raw: Raw<'_>) -> Result<Value, ReadError> {
    raw.map_or(Ok(Value::Null), |raw| strict(raw.get()))
}

/// The parts of an object, which are still text; nothing when the value is no object.
pub(super) fn parts<'a>(raw: &'a RawValue) -> Result<Option<Parts<'a>>, ReadError> {
    if !raw.get().starts_with('{') {
        return Ok(None);
    }
    parse::<Shallow<'a>>(raw.get()).map(|shallow| Some(shallow.0))
}

/// The parts of an object, in the order of their keys.
pub(super) type Parts<'a> = Vec<(Text<'a>, &'a RawValue)>;

/// Hands on the parts of an object that are asked for, which are still text; the others are passed over.
/// Answers whether the value is an object.
pub(super) fn chosen_parts<'a>(
    text: &'a str,
    is_chosen: impl Fn(&str) -> bool,
    mut take: impl FnMut(&str, &'a str),
) -> bool {
    if !text.starts_with('{') {
        return false;
    }
    let mut cursor = Cursor::new(text.as_bytes());
    // The text was stepped over before, so that nothing can fail.
    _ = cursor.object(|cursor, key| {
        let key = unescaped(std::str::from_utf8(key).unwrap_or_default());
        let place = cursor.value()?;
        if is_chosen(&key) {
            take(&key, text.get(place).unwrap_or_default());
        }
        Ok(())
    });
    true
}

/// Reads the text of a value.
pub(super) fn strict(text: &str) -> Result<Value, ReadError> {
    parse::<Strict>(text).map(|strict| strict.0)
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ReadError> {
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        match message.contains(TWICE) {
            true => ReadError::DuplicateKey {
                place: excerpt(&message, 160),
            },
            false => explain(&error, text),
        }
    })
}

/// An object of which only the top is read.
struct Shallow<'a>(Parts<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Shallow<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ShallowVisitor).map(Shallow)
    }
}

struct ShallowVisitor;

impl<'de> Visitor<'de> for ShallowVisitor {
    type Value = Parts<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut parts = Parts::with_capacity(32);
        // The tools write the keys in order.
        let mut in_order = true;
        while let Some((key, part)) = object.next_entry::<Text<'de>, &'de RawValue>()? {
            in_order &= parts.last().is_none_or(|(last, _)| *last < key);
            parts.push((key, part));
        }
        if !in_order {
            sort(&mut parts)?;
        }
        Ok(parts)
    }
}

fn sort<E: Error>(parts: &mut Parts<'_>) -> Result<(), E> {
    parts.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut pairs = parts.iter().zip(parts.iter().skip(1));
    let differs = pairs.find(|((one, part), (other, again))| one == other && part.get() != again.get());
    if let Some(((key, _), _)) = differs {
        return Err(twice(&key.0));
    }
    parts.dedup_by(|(one, _), (other, _)| one == other);
    Ok(())
}

fn twice<E: Error>(key: &str) -> E {
    E::custom(format_args!("`{}` {TWICE}", excerpt(key, 60)))
}

const TWICE: &str = "stands twice";

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = object.next_key::<String>()? {
            let Strict(value) = object.next_value()?;
            match values.get(&key) {
                Some(other) if *other != value => return Err(twice(&key)),
                _ => _ = values.insert(key, value),
            }
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, ReadError> {
        strict(text)
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        assert!(matches!(
            read(r#"{"a":{"b":1,"b":2}}"#),
            Err(ReadError::DuplicateKey { .. })
        ));
        assert!(read(r#"{"a":1,"a":1}"#).is_ok());
        assert_eq!(
            read(r#"{"a":[1,-2,2.5,null,true,"x"]}"#).unwrap().to_string(),
            r#"{"a":[1,-2,2.5,null,true,"x"]}"#
        );
    }

    #[test]
    fn the_parts_of_an_object_are_in_order() {
        let shallow = |text: &str| {
            let raw: Box<RawValue> = serde_json::from_str(text).unwrap();
            let read = parts(&raw).map(|parts| {
                let parts = parts.unwrap_or_default().into_iter();
                parts
                    .map(|(key, part)| format!("{}={}", key.0, part.get()))
                    .collect::<Vec<_>>()
            });
            read.map_err(|error| error.code())
        };
        assert_eq!(shallow(r#"{"b":1,"a":[2],"b":1}"#).unwrap(), ["a=[2]", "b=1"]);
        assert!(shallow(r#"{"b":1,"a":2,"b":2}"#).is_err());
        assert_eq!(shallow("[1]").unwrap(), [""; 0]);
    }

    #[test]
    fn chosen_parts_are_handed_on() {
        let mut found = Vec::new();
        assert!(chosen_parts(
            r#"{"a":1,"b":{"c":2},"d":3}"#,
            |key| key > "a",
            |key, part| found.push(format!("{key}{part}"))
        ));
        assert_eq!(found, [r#"b{"c":2}"#, "d3"]);
    }

    #[test]
    fn depth_and_size_have_limits() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        assert!(matches!(read(&deep), Err(ReadError::TooDeep { .. })));
        assert!(matches!(read("1e999"), Err(ReadError::HugeNumber { .. })));
    }
}
