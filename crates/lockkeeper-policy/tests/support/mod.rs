//! What the tests share.
#![allow(dead_code, reason = "not every test file needs all of it")]

use lockkeeper_policy::{
    Asked, PolicyError, PolicyInput, PolicyOutcome, PolicyProblems, PolicySet, TestReport,
};
use serde_json::{Value, json};

/// Loads one file, `main.rego`.
pub(crate) fn load(text: &str) -> Result<PolicySet, PolicyProblems> {
    PolicySet::load(&[("main.rego", text)])
}

/// Asks one file about an input.
pub(crate) fn ask(text: &str, input: Value) -> Result<PolicyOutcome, PolicyError> {
    let set = load(text).unwrap_or_else(|problems| panic!("{problems}"));
    set.evaluate(&PolicyInput::of_redacted(input), &Asked::default())
}

/// Asks one file that has answers.
pub(crate) fn outcome(text: &str, input: Value) -> PolicyOutcome {
    ask(text, input).unwrap_or_else(|error| panic!("{error}"))
}

/// The messages of what is denied.
pub(crate) fn denied(text: &str, input: Value) -> Vec<String> {
    messages(&outcome(text, input))
}

/// The messages of what is denied.
pub(crate) fn messages(outcome: &PolicyOutcome) -> Vec<String> {
    outcome
        .denied
        .iter()
        .map(|finding| finding.message.clone())
        .collect()
}

/// The tests of one file.
pub(crate) fn tests(text: &str) -> TestReport {
    load(text)
        .unwrap_or_else(|problems| panic!("{problems}"))
        .run_tests(None)
}

/// A plan with these changes: address, type, actions.
pub(crate) fn plan(changes: &[(&str, &str, &[&str])]) -> Value {
    let changes: Vec<Value> = changes
        .iter()
        .map(|(address, resource_type, actions)| {
            let (before, after) = (
                json!({"tags": {"owner": "team"}}),
                json!({"tags": {"owner": "team"}}),
            );
            json!({
                "address": address, "mode": "managed", "type": resource_type, "name": "x",
                "provider_name": "registry.terraform.io/hashicorp/aws",
                "change": {"actions": actions, "before": before, "after": after, "after_unknown": {}}
            })
        })
        .collect();
    json!({"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {}, "resource_changes": changes})
}
