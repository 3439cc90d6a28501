//! The whole document with everything sensitive taken out, in the shape that the tool wrote: what
//! programs that know `terraform show -json` are given, policies above all.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::error::ReadError;
use super::mask::Mask;
use super::sensitive::{SensitiveValues, named_secret};
use super::{collect_sensitive, encoding, parse, read_configuration, value};

/// What stands in the place of a value that is taken out.
pub const REDACTED: &str = "[redacted]";

/// Keys whose values are texts of the tool and never of an object, wherever no object's values stand.
const STRUCTURE: [&str; 14] = [
    "action_reason",
    "actions",
    "address",
    "format_version",
    "full_name",
    "mode",
    "module_address",
    "name",
    "previous_address",
    "provider_name",
    "references",
    "terraform_version",
    "timestamp",
    "type",
];

/// Keys below which the values of objects stand.
const VALUES: [&str; 7] = [
    "after",
    "before",
    "config_values",
    "constant_value",
    "default",
    "value",
    "values",
];

/// Keys under which an expression of the configuration, or a variable, holds its value.
const CONSTANTS: [&str; 3] = ["constant_value", "default", "value"];

/// A plan as the tool wrote it, with [`REDACTED`] in the place of every value that is marked sensitive,
/// repeats a sensitive value, or stands under the name of a secret. A value that is null stays null.
///
/// # Errors
/// When the input is no plan, or not all of one: the error names what was found.
pub fn redacted(bytes: &[u8]) -> Result<Value, ReadError> {
    let (text, _) = encoding::decode(bytes)?;
    let document = parse::document(&text)?;
    let configuration = read_configuration(&document, &mut Vec::new());
    let unreadable = document.configuration.is_some() && configuration.is_none();
    let sensitive = collect_sensitive(&document, configuration.as_ref());
    let raw: &RawValue = serde_json::from_str(&text).map_err(|error| parse::explain(&error, &text))?;
    let mut plan = value::value(Some(raw))?;
    if let Value::Object(parts) = &mut plan {
        redact_marked(parts, unreadable);
        if let Some(configuration) = parts.get_mut("configuration") {
            let marked = std::mem::take(&mut MarkedAttributes::of(parts_of(configuration)).0);
            redact_configuration(configuration, &marked);
        }
    }
    Ok(hide(&sensitive, plan))
}

fn hide(sensitive: &SensitiveValues, mut plan: Value) -> Value {
    Hiding { sensitive }.hide(&mut plan, false);
    plan
}
