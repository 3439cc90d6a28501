//! Outputs that change, and checks that fail.

use lockkeeper_domain::effect::AttributeValue;
use serde_json::Value;

use super::OutputChange;
use super::attributes::Redaction;
use super::error::ReadError;
use super::mask::Mask;
use super::shape::{Document, Raw};
use super::value::value;
use crate::text::excerpt;

/// The outputs whose value changes. The actions of outputs are not always right, the values are.
pub(super) fn read(
    document: &Document<'_>,
    redaction: &Redaction<'_>,
) -> Result<Vec<OutputChange>, ReadError> {
    let mut outputs = Vec::new();
    for (name, change) in document.output_changes.iter().flatten() {
        let unknown = Mask::of(change.after_unknown);
        let (before, after) = (value(change.before)?, value(change.after)?);
        if before == after && !unknown.marks_anything() {
            continue;
        }
        let after = match unknown.marks_anything() {
            true => AttributeValue::Unknown,
            false => redaction.of(&after, &Mask::of(change.after_sensitive)),
        };
        let before = redaction.of(&before, &Mask::of(change.before_sensitive));
        outputs.push(OutputChange {
            name: name.0.clone().into_owned(),
            before,
            after,
        });
    }
    Ok(outputs)
}

/// Adds a warning for each check of the configuration that fails.
pub(super) fn failed_checks(checks: Raw<'_>, redaction: &Redaction<'_>, warnings: &mut Vec<String>) {
    let checks = value(checks).unwrap_or(Value::Null);
    for check in checks.as_array().into_iter().flatten() {
        if !matches!(
            check.get("status").and_then(Value::as_str),
            Some("fail" | "error")
        ) {
            continue;
        }
        let address = check
            .get("address")
            .and_then(|address| address.get("to_display"))
            .and_then(Value::as_str);
        let problems = check
            .get("instances")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let problems = problems
            .filter_map(|instance| instance.get("problems")?.as_array())
            .flatten();
        let messages: Vec<String> = problems
            .filter_map(|problem| problem.get("message")?.as_str())
            .filter(|message| !redaction.sensitive.in_text(message))
            .map(|message| excerpt(message, 200))
            .collect();
        let name = excerpt(address.unwrap_or("without a name"), 200);
        warnings.push(format!("the check {name} fails: {}", messages.join("; ")));
    }
}
