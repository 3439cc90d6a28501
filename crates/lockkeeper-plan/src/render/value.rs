//! One value on one line.

use lockkeeper_domain::effect::AttributeValue;
use serde_json::Value;

use super::inner::inline;
use crate::text::excerpt;

/// The value as text of at most about `length` characters, safe to print. Sensitive and unknown values
/// are shown as such.
pub fn value_text(value: &AttributeValue, length: usize) -> String {
    match value {
        AttributeValue::Absent => "(none)".to_owned(),
        AttributeValue::Unknown => "(known after apply)".to_owned(),
        AttributeValue::Sensitive { .. } => "(sensitive)".to_owned(),
        AttributeValue::Known(Value::String(text)) => format!("\"{}\"", excerpt(text, length)),
        AttributeValue::Known(value) => excerpt(&inline(value), length),
    }
}

/// Two values on one line, shortened so that what differs is in sight.
pub(super) fn apart(before: &AttributeValue, after: &AttributeValue, length: usize) -> (String, String) {
    let length = length.max(20);
    if let (AttributeValue::Known(Value::String(before)), AttributeValue::Known(Value::String(after))) =
        (before, after)
    {
        let same = before
            .chars()
            .zip(after.chars())
            .take_while(|(one, other)| one == other)
            .count();
        let longest = before.chars().count().max(after.chars().count());
        if same > length / 2 && longest > length {
            let skip = (same - length / 4).min(longest - length);
            let rest = |text: &str| {
                let rest: String = text.chars().skip(skip).collect();
                format!("\"…{}\"", excerpt(&rest, length))
            };
            return (rest(before), rest(after));
        }
    }
    (value_text(before, length), value_text(after, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn known(value: Value) -> AttributeValue {
        AttributeValue::Known(value)
    }

    #[test]
    fn values_are_safe_and_short() {
        assert_eq!(
            value_text(&known(json!("a\u{1b}[2J\nb")), 80),
            "\"a\\u{1b}[2J\\nb\""
        );
        assert_eq!(value_text(&known(json!([1, 2])), 80), "[1, 2]");
        assert_eq!(
            value_text(
                &AttributeValue::Sensitive {
                    fingerprint: Some("f".to_owned())
                },
                80
            ),
            "(sensitive)"
        );
        assert_eq!(value_text(&known(json!("abcdef")), 3), "\"abc…\"");
    }

    #[test]
    fn the_difference_of_long_texts_is_in_sight() {
        let long = |end: &str| known(json!(format!("{}{end}", "x".repeat(300))));
        let (before, after) = apart(&long("one"), &long("two"), 40);
        assert!(
            before.ends_with("one\"") && after.ends_with("two\""),
            "{before} {after}"
        );
    }
}
