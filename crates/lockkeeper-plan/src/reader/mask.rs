//! The mirrors beside a value that mark what is sensitive or unknown in it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::shape::Raw;

/// `true`, `false`, or the same for each part of an object or list.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mask {
    No,
    Yes,
    Object(BTreeMap<String, Mask>),
    List(Vec<Mask>),
}

/// What an absent part answers.
static NO: Mask = Mask::No;
static YES: Mask = Mask::Yes;

impl Mask {
    /// Reads a mirror. One that cannot be read marks everything: better too much hidden than too little.
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or(Mask::Yes)
    }

    /// Reads a mirror that may be absent, and then marks nothing.
    pub(super) fn of(raw: Raw<'_>) -> Self {
        raw.map_or(Mask::No, |raw| Self::read(raw.get()))
    }

    /// The mirror of the part under a key.
    pub(super) fn key(&self, key: &str) -> &Mask {
        match self {
            // A list beside an object does not fit, so all of it may be meant.
            Mask::Yes | Mask::List(_) => &YES,
            Mask::Object(parts) => parts.get(key).unwrap_or(&NO),
            Mask::No => &NO,
        }
    }

    /// The mirror of the part at a position.
    pub(super) fn position(&self, position: Option<usize>) -> &Mask {
        match self {
            Mask::Yes => &YES,
            Mask::Object(_) if position.is_some() => &YES,
            Mask::List(parts) => position.and_then(|position| parts.get(position)).unwrap_or(&NO),
            Mask::No | Mask::Object(_) => &NO,
        }
    }

    /// Marks the part at the end of a path of keys.
    pub(super) fn mark(&mut self, path: &[&str]) {
        match (path, &mut *self) {
            (_, Mask::Yes) => {}
            ([key, rest @ ..], Mask::Object(parts)) => {
                parts.entry((*key).to_owned()).or_insert(Mask::No).mark(rest);
            }
            ([_, ..], Mask::No) => {
                *self = Mask::Object(BTreeMap::new());
                self.mark(path);
            }
            _ => *self = Mask::Yes,
        }
    }

    /// The keys under which anything is marked.
    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        match self {
            Mask::Object(parts) => Some(parts.keys()),
            _ => None,
        }
        .into_iter()
        .flatten()
    }

    /// How many positions the mirror has.
    pub(super) fn positions(&self) -> usize {
        match self {
            Mask::List(parts) => parts.len(),
            _ => 0,
        }
    }

    /// Whether anything is marked.
    pub(super) fn marks_anything(&self) -> bool {
        *self != Mask::No
    }

    /// Whether all of the value is marked.
    pub(super) fn marks_all(&self) -> bool {
        *self == Mask::Yes
    }
}

impl<'de> Deserialize<'de> for Mask {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MaskVisitor)
    }
}

struct MaskVisitor;

/// Parts that mark nothing are dropped, so that `Mask::No` is the only mask that marks nothing.
impl<'de> Visitor<'de> for MaskVisitor {
    type Value = Mask;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mirror of booleans")
    }

    fn visit_bool<E>(self, marked: bool) -> Result<Mask, E> {
        Ok(if marked { Mask::Yes } else { Mask::No })
    }

    fn visit_unit<E>(self) -> Result<Mask, E> {
        Ok(Mask::No)
    }

    fn visit_str<E>(self, _: &str) -> Result<Mask, E> {
        Ok(Mask::Yes)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Mask, E> {
        Ok(Mask::Yes)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Mask, E> {
        Ok(Mask::Yes)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Mask, E> {
        Ok(Mask::Yes)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Mask, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = list.next_element::<Mask>()? {
            parts.push(part);
        }
        Ok(if parts.iter().any(Mask::marks_anything) {
            Mask::List(parts)
        } else {
            Mask::No
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Mask, A::Error> {
        let mut parts = BTreeMap::new();
        while let Some((key, part)) = object.next_entry::<String, Mask>()? {
            if part.marks_anything() {
                parts.insert(key, part);
            }
        }
        Ok(if parts.is_empty() {
            Mask::No
        } else {
            Mask::Object(parts)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Mask {
        Mask::read(text)
    }

    #[test]
    fn every_shape_is_read() {
        assert_eq!(read("false"), Mask::No);
        assert_eq!(read(r#"{"a":{},"b":[false,{}]}"#), Mask::No);
        assert!(read("true").key("anything").position(Some(3)).marks_all());
        let mask = read(r#"{"a":[false,true],"b":false}"#);
        assert!(mask.key("a").position(Some(1)).marks_all());
        assert!(!mask.key("a").position(Some(0)).marks_anything());
        assert!(!mask.key("b").marks_anything());
    }

    #[test]
    fn a_part_can_be_marked() {
        let mut mask = read(r#"{"a":{"b":true}}"#);
        mask.mark(&["a", "c", "d"]);
        assert!(mask.key("a").key("c").key("d").marks_all() && mask.key("a").key("b").marks_all());
        assert!(!mask.key("a").key("c").marks_all());
    }

    #[test]
    fn a_mirror_of_another_shape_marks_everything() {
        assert!(read(r#"{"a":[true]}"#).key("a").key("b").marks_all());
        assert!(read(r#"{"a":{"b":true}}"#).key("a").position(Some(0)).marks_all());
    }

    #[test]
    fn what_is_no_mirror_marks_everything() {
        assert!(
            read(r#"{"password":"should be a boolean","n":123}"#)
                .key("password")
                .marks_all()
        );
        assert!(read(r#"{"a":true,"a":false}"#).key("a").marks_all());
    }
}
