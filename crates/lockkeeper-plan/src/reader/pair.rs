//! The two values of a change, as far as they are needed: of a large object in which one attribute
//! changes, the others are not even parsed.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::context::explains;
use super::error::ReadError;
use super::hints::is_looked_at;
use super::mask::Mask;
use super::shape::{Change, Raw};
use super::value::{Parts, parts, value};

/// The values of a change with their mirrors.
pub(super) struct Values {
    pub(super) before: Value,
    pub(super) after: Value,
    pub(super) unknown: Mask,
    pub(super) before_sensitive: Mask,
    pub(super) after_sensitive: Mask,
}

impl Values {
    /// Reads what differs between the two values, and what tells what the object is. Of a new object
    /// all is read: what it is attached to may stand in any attribute.
    pub(super) fn read(change: &Change<'_>) -> Result<Self, ReadError> {
        let mut values = Self {
            before: Value::Null,
            after: Value::Null,
            unknown: Mask::of(change.after_unknown),
            before_sensitive: Mask::of(change.before_sensitive),
            after_sensitive: Mask::of(change.after_sensitive),
        };
        let is_new = change.actions.iter().flatten().all(|verb| verb.0 == "create");
        let differing = if is_new {
            None
        } else {
            values.differing(change.before, change.after)?
        };
        (values.before, values.after) = match differing {
            Some(pair) => pair,
            None => (value(change.before)?, value(change.after)?),
        };
        Ok(values)
    }

    /// The parts that may differ, when both values are objects. Parts of the same text are equal.
    fn differing(&self, before: Raw<'_>, after: Raw<'_>) -> Result<Option<(Value, Value)>, ReadError> {
        let (Some(before), Some(after)) = (before, after) else {
            return Ok(None);
        };
        let (Some(before), Some(after)) = (parts(before)?, parts(after)?) else {
            return Ok(None);
        };
        let (mut old, mut new) = (Map::new(), Map::new());
        for (key, one, other) in side_by_side(before, after) {
            if !self.needed(&key, one, other) {
                continue;
            }
            let same = one
                .zip(other)
                .is_some_and(|(one, other)| one.get() == other.get());
            let read = one.map(|_| value(one)).transpose()?;
            if let Some(part) = if same {
                read.clone()
            } else {
                other.map(|_| value(other)).transpose()?
            } {
                new.insert(key.clone().into_owned(), part);
            }
            if let Some(part) = read {
                old.insert(key.into_owned(), part);
            }
        }
        Ok(Some((Value::Object(old), Value::Object(new))))
    }

    fn needed(&self, key: &str, one: Raw<'_>, other: Raw<'_>) -> bool {
        one.map(RawValue::get) != other.map(RawValue::get)
            || self.before_sensitive.key(key) != self.after_sensitive.key(key)
            || self.unknown.key(key).marks_anything()
            || is_looked_at(key)
            || explains(key)
    }
}

/// The parts of two objects by key. Both are in the order of their keys.
fn side_by_side<'a>(
    before: Parts<'a>,
    after: Parts<'a>,
) -> impl Iterator<Item = (Cow<'a, str>, Raw<'a>, Raw<'a>)> {
    let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
    std::iter::from_fn(move || {
        let order = match (before.peek(), after.peek()) {
            (Some((one, _)), Some((other, _))) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return None,
        };
        let one = before.next_if(|_| order.is_le());
        let other = after.next_if(|_| order.is_ge());
        let (one_part, other_part) = (one.as_ref().map(|one| one.1), other.as_ref().map(|other| other.1));
        one.or(other).map(|(key, _)| (key.0, one_part, other_part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_stays_as_it_is_is_not_read() {
        let text = r#"{"actions":["update"],"before":{"name":"n","big":[1,2],"size":1,"mark":"m"},
            "after":{"name":"n","big":[1,2],"size":2,"mark":"m"},"after_sensitive":{"mark":true}}"#;
        let change: Change<'_> = serde_json::from_str(text).unwrap();
        let values = Values::read(&change).unwrap();
        assert_eq!(values.before, json!({"name": "n", "size": 1, "mark": "m"}));
        assert_eq!(values.after, json!({"name": "n", "size": 2, "mark": "m"}));
    }
}
