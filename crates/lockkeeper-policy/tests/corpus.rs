//! Policies against the labelled plans of `lockkeeper-plan`: nothing sensitive reaches them.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use lockkeeper_policy::{Asked, PolicyInput, PolicySet};
use serde_json::Value;

const PLANS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../lockkeeper-plan/tests/corpus/plans"
);

/// A policy that repeats everything it sees.
const TELLTALE: &str = "package main\ndeny contains {\"msg\": \"all\", \"plan\": input} if true\n\
    warn contains msg if { walk(input, [path, value]); is_string(value); msg := value }\n\
    class contains \"high\" if { some change in input.resource_changes; \"delete\" in change.change.actions }\n";

/// The texts that the mirrors of changes mark, found by other means than the reader's.
fn marked(value: &Value, mask: &Value, found: &mut BTreeSet<String>) {
    match (value, mask) {
        (Value::String(text), Value::Bool(true)) if text.trim().len() >= 12 => {
            _ = found.insert(text.trim().to_owned())
        }
        (Value::Object(parts), Value::Object(masks)) => {
            for (key, mask) in masks {
                marked(parts.get(key).unwrap_or(&Value::Null), mask, found);
            }
        }
        (Value::Array(parts), Value::Array(masks)) => {
            parts
                .iter()
                .zip(masks)
                .for_each(|(part, mask)| marked(part, mask, found));
        }
        (Value::Object(parts), Value::Bool(true)) => {
            parts.values().for_each(|part| marked(part, mask, found))
        }
        (Value::Array(parts), Value::Bool(true)) => parts.iter().for_each(|part| marked(part, mask, found)),
        _ => {}
    }
}

#[test]
fn no_policy_sees_anything_sensitive() {
    let set = PolicySet::load(&[("main.rego", TELLTALE)]).unwrap();
    let (mut asked, mut secrets) = (0, 0);
    for entry in std::fs::read_dir(Path::new(PLANS)).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let Ok(input) = PolicyInput::of_plan(&bytes) else {
            continue;
        };
        let mut found = BTreeSet::new();
        let original: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        for change in original["resource_changes"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|entry| &entry["change"])
        {
            marked(&change["before"], &change["before_sensitive"], &mut found);
            marked(&change["after"], &change["after_sensitive"], &mut found);
        }
        let seen = input.document().to_string();
        for secret in &found {
            let quoted = Value::from(secret.as_str()).to_string();
            assert!(
                !seen.contains(quoted.trim_matches('"')),
                "{}: {secret}",
                path.display()
            );
        }
        secrets += found.len();
        // The small plans are enough to see that none makes an answer fail.
        if bytes.len() < 8_000 {
            asked += 1;
            let outcome = set.evaluate(&input, &Asked::default());
            let told = outcome.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(told.denied.len(), 1, "{}", path.display());
        }
    }
    assert!(
        asked > 50 && secrets > 20,
        "{asked} plans were asked about, {secrets} secrets looked for"
    );
}
