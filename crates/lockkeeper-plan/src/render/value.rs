//! One value on one line.

use lockkeeper_domain::effect::AttributeValue;
use serde_json::Value;

use crate::text::excerpt;

/// The value as text of at most `length` characters, safe to print. Sensitive and unknown values are
/// shown as such.
pub fn value_text(value: &AttributeValue, length: usize) -> String {
    match value {
        AttributeValue::Absent => "(none)".to_owned(),
        AttributeValue::Unknown => "(known after apply)".to_owned(),
        AttributeValue::Sensitive { .. } => "(sensitive)".to_owned(),
        AttributeValue::Known(Value::String(text)) => format!("\"{}\"", excerpt(text, length)),
        AttributeValue::Known(value) => excerpt(&value.to_string(), length),
    }
}
