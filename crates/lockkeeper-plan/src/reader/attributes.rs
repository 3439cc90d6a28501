//! Which attributes change, and from what to what, with everything sensitive taken out.

use lockkeeper_domain::effect::{AttributeChange, AttributeValue};
use serde_json::{Map, Value};

use super::align::differing;
use super::mask::Mask;
use super::path::{Path, on_one_line};
use super::sensitive::{SensitiveValues, named_secret};

/// What redaction needs to know.
pub(super) struct Redaction<'a> {
    pub(super) sensitive: &'a SensitiveValues,
    pub(super) key: Option<&'a [u8; 32]>,
}

impl Redaction<'_> {
    /// The value as it may leave the reader: hidden as a whole when any part of it must be.
    pub(super) fn of(&self, value: &Value, mask: &Mask) -> AttributeValue {
        if value.is_null() {
            AttributeValue::Absent
        } else if mask.marks_anything() || self.sensitive.in_value(value) {
            self.hidden(value)
        } else {
            AttributeValue::Known(value.clone())
        }
    }

    /// A sensitive value: at most its fingerprint is kept.
    fn hidden(&self, value: &Value) -> AttributeValue {
        if value.is_null() {
            return AttributeValue::Absent;
        }
        let fingerprint = self.key.map(|key| {
            blake3::keyed_hash(key, value.to_string().as_bytes())
                .to_hex()
                .to_string()
        });
        AttributeValue::Sensitive { fingerprint }
    }
}

/// The mirrors of one value, walked through in step with it.
#[derive(Clone, Copy)]
pub(super) struct Masks<'m> {
    pub(super) unknown: &'m Mask,
    pub(super) before: &'m Mask,
    pub(super) after: &'m Mask,
}

impl<'m> Masks<'m> {
    fn key(self, key: &str) -> Self {
        Self {
            unknown: self.unknown.key(key),
            before: self.before.key(key),
            after: self.after.key(key),
        }
    }

    fn position(self, before: Option<usize>, after: Option<usize>) -> Self {
        Self {
            unknown: self.unknown.position(after),
            before: self.before.position(before),
            after: self.after.position(after),
        }
    }

    fn mark_anything(self) -> bool {
        self.unknown.marks_anything() || self.before.marks_anything() || self.after.marks_anything()
    }

    fn sensitive(self) -> bool {
        self.before.marks_all() || self.after.marks_all()
    }
}

/// Lists the attributes that change between two values.
pub(super) fn changes(
    before: &Value,
    after: &Value,
    masks: Masks<'_>,
    replace_paths: &[String],
    redaction: &Redaction<'_>,
) -> Vec<AttributeChange> {
    let mut walk = Walk {
        redaction,
        replace_paths,
        found: Vec::new(),
    };
    walk.part(&mut Path::default(), before, after, masks);
    walk.found
}

/// Lists what differs between two documents of a plan that was redacted: nothing in them is marked.
pub(crate) fn differing_parts(before: &Value, after: &Value) -> Vec<AttributeChange> {
    let masks = Masks {
        unknown: &Mask::No,
        before: &Mask::No,
        after: &Mask::No,
    };
    let sensitive = SensitiveValues::default();
    let redaction = Redaction {
        sensitive: &sensitive,
        key: None,
    };
    changes(before, after, masks, &[], &redaction)
}

struct Walk<'a> {
    redaction: &'a Redaction<'a>,
    replace_paths: &'a [String],
    found: Vec<AttributeChange>,
}

const NULL: Value = Value::Null;

impl Walk<'_> {
    fn part(&mut self, path: &mut Path, before: &Value, after: &Value, masks: Masks<'_>) {
        if masks.sensitive() {
            return self.sensitive(path, before, after, masks);
        }
        if masks.unknown.marks_all() {
            let before = self.redaction.of(before, masks.before);
            return self.push(path, before, AttributeValue::Unknown);
        }
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => self.objects(path, before, after, masks),
            (Value::Array(before), Value::Array(after)) => self.lists(path, before, after, masks),
            (Value::Object(before), Value::Null) if self.must_open(path, before, masks) => {
                self.objects(path, before, &Map::new(), masks);
            }
            (Value::Null, Value::Object(after)) if self.must_open(path, after, masks) => {
                self.objects(path, &Map::new(), after, masks);
            }
            (Value::Array(before), Value::Null) if masks.mark_anything() => {
                self.lists(path, before, &[], masks)
            }
            (Value::Null, Value::Array(after)) if masks.mark_anything() => {
                self.lists(path, &[], after, masks)
            }
            (Value::Null, Value::Null) if masks.unknown.marks_anything() => {
                self.push(path, AttributeValue::Absent, AttributeValue::Unknown);
            }
            _ if before == after && !masks.unknown.marks_anything() => {}
            _ => self.leaf(path, before, after, masks),
        }
    }

    /// An object that is there on one side only is shown as one value, unless parts of it must be
    /// told apart.
    fn must_open(&self, path: &Path, object: &Map<String, Value>, masks: Masks<'_>) -> bool {
        path.is_root()
            || masks.mark_anything()
            || object
                .iter()
                .any(|(key, part)| named_secret(key, part) || self.redaction.sensitive.in_value(part))
    }

    fn objects(
        &mut self,
        path: &mut Path,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
        masks: Masks<'_>,
    ) {
        // All three are in the order of their keys.
        let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
        let mut unknown = masks.unknown.keys().peekable();
        loop {
            let known = [before.peek(), after.peek()].map(|part| part.map(|(key, _)| *key));
            let next = known.into_iter().flatten().chain(unknown.peek().copied()).min();
            let Some(key) = next else { break };
            let before = before.next_if(|part| part.0 == key).map_or(&NULL, |part| part.1);
            let after = after.next_if(|part| part.0 == key).map_or(&NULL, |part| part.1);
            _ = unknown.next_if_eq(&key);
            let masks = masks.key(key);
            let shown = if self.redaction.sensitive.in_text(key) {
                "(sensitive)"
            } else {
                key.as_str()
            };
            path.at_key(shown, |path| {
                match named_secret(key, before) || named_secret(key, after) {
                    true => self.sensitive(path, before, after, masks),
                    false => self.part(path, before, after, masks),
                }
            });
        }
    }

    fn lists(&mut self, path: &mut Path, before: &[Value], after: &[Value], masks: Masks<'_>) {
        let changeable = |at: usize| {
            let marks = masks.position(Some(at), Some(at));
            marks.unknown.marks_anything() || marks.before != marks.after
        };
        for (old, new) in differing(before, after, changeable) {
            let old_value = old.and_then(|at| before.get(at)).unwrap_or(&NULL);
            let new_value = new.and_then(|at| after.get(at)).unwrap_or(&NULL);
            let position = new.or(old).unwrap_or_default();
            path.at_position(position, |path| {
                self.part(path, old_value, new_value, masks.position(old, new))
            });
        }
        for position in after.len()..masks.unknown.positions() {
            path.at_position(position, |path| {
                self.part(path, &NULL, &NULL, masks.position(None, Some(position)))
            });
        }
    }

    /// A value of which nothing may be shown on either side. A change of the marking alone is a change.
    fn sensitive(&mut self, path: &Path, before: &Value, after: &Value, masks: Masks<'_>) {
        let marked_alike = masks.before == masks.after;
        if before == after && !masks.unknown.marks_anything() && (marked_alike || before.is_null()) {
            return;
        }
        let before = self.redaction.hidden(before);
        let after = if masks.unknown.marks_anything() {
            AttributeValue::Unknown
        } else {
            self.redaction.hidden(after)
        };
        self.push(path, before, after);
    }

    fn leaf(&mut self, path: &Path, before: &Value, after: &Value, masks: Masks<'_>) {
        let before = self.redaction.of(before, masks.before);
        let after = match masks.unknown.marks_anything() && after.is_null() {
            true => AttributeValue::Unknown,
            false => self.redaction.of(after, masks.after),
        };
        self.push(path, before, after);
    }

    fn push(&mut self, path: &Path, before: AttributeValue, after: AttributeValue) {
        let mut change = AttributeChange::new(path.as_str(), before, after);
        change.forces_replacement = self
            .replace_paths
            .iter()
            .any(|forcing| on_one_line(forcing, path.as_str()));
        self.found.push(change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use serde_json::value::to_raw_value;

    fn mask(value: Value) -> Mask {
        Mask::of(Some(&to_raw_value(&value).unwrap()))
    }

    fn of(
        before: Value,
        after: Value,
        unknown: Value,
        before_mask: Value,
        after_mask: Value,
    ) -> Vec<AttributeChange> {
        let sensitive = SensitiveValues::default();
        let redaction = Redaction {
            sensitive: &sensitive,
            key: Some(&[7; 32]),
        };
        let (unknown, before_mask, after_mask) = (mask(unknown), mask(before_mask), mask(after_mask));
        let masks = Masks {
            unknown: &unknown,
            before: &before_mask,
            after: &after_mask,
        };
        changes(&before, &after, masks, &["size".to_owned()], &redaction)
    }

    fn plain(before: Value, after: Value) -> Vec<(String, AttributeValue, AttributeValue)> {
        let found = of(before, after, json!({}), json!({}), json!({}));
        found
            .into_iter()
            .map(|change| (change.path, change.before, change.after))
            .collect()
    }

    fn known(value: Value) -> AttributeValue {
        AttributeValue::Known(value)
    }

    #[test]
    fn only_what_differs_is_listed() {
        let before =
            json!({"a": 1, "tags": {"x": "1", "y": "2"}, "rules": [{"p": 1}, {"p": 2}], "gone": "v"});
        let after = json!({"a": 1, "tags": {"x": "1", "y": "3"}, "rules": [{"p": 2}], "gone": null});
        assert_eq!(
            plain(before, after),
            [
                ("gone".to_owned(), known(json!("v")), AttributeValue::Absent),
                (
                    "rules[0]".to_owned(),
                    known(json!({"p": 1})),
                    AttributeValue::Absent
                ),
                ("tags.y".to_owned(), known(json!("2")), known(json!("3"))),
            ]
        );
    }

    #[test]
    fn a_new_object_shows_what_is_set_and_what_is_unknown() {
        let found = of(
            NULL,
            json!({"name": "n", "tags": {"a": "b"}, "x": null}),
            json!({"id": true}),
            NULL,
            NULL,
        );
        let paths: Vec<_> = found.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, ["id", "name", "tags"]);
        assert_eq!(found[0].after, AttributeValue::Unknown);
    }

    #[test]
    fn sensitive_parts_keep_no_more_than_a_fingerprint() {
        let value = |secret: &str| json!({"settings": [{"key": secret, "plain": 1}]});
        let marked = json!({"settings": [{"key": true}]});
        let found = of(
            value("one"),
            value("two"),
            json!({}),
            marked.clone(),
            marked.clone(),
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "settings[0].key");
        assert!(matches!(
            &found[0].after,
            AttributeValue::Sensitive { fingerprint: Some(_) }
        ));
        assert_ne!(found[0].before, found[0].after);
        assert!(of(value("one"), value("one"), json!({}), marked.clone(), marked).is_empty());
    }

    #[test]
    fn a_value_that_becomes_sensitive_is_a_change_that_shows_neither() {
        let found = of(
            json!({"v": "s"}),
            json!({"v": "s"}),
            json!({}),
            json!({}),
            json!({"v": true}),
        );
        assert!(matches!(&found[0].before, AttributeValue::Sensitive { .. }));
        assert_eq!(found[0].before, found[0].after);
    }

    #[test]
    fn a_mark_inside_of_a_list_is_a_change() {
        let settings = json!({"settings": [{"key": "s", "plain": 1}]});
        let marked = json!({"settings": [{"key": true}]});
        let found = of(settings.clone(), settings, json!({}), json!({}), marked);
        let paths: Vec<_> = found.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, ["settings[0].key"]);
    }

    #[test]
    fn what_forces_replacement_is_marked() {
        let found = of(
            json!({"size": 1, "sized": 1}),
            json!({"size": 2, "sized": 2}),
            json!({}),
            NULL,
            NULL,
        );
        assert_eq!(
            found
                .iter()
                .map(|change| change.forces_replacement)
                .collect::<Vec<_>>(),
            [true, false]
        );
    }
}
