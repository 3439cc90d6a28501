//! Holds the reader and the classes against labelled plans of the wild (`tests/corpus/NOTICE.md`).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use lockkeeper_plan::inspect::{Inspection, inspect};
use lockkeeper_plan::render::{MarkdownOptions, PlanView, RenderOptions, html, markdown, terminal};
use serde_json::Value;

/// One line of `LABELS.tsv`.
struct Label {
    file: String,
    label: String,
    candidates: Vec<String>,
    reason: String,
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn labels() -> Vec<Label> {
    let text = std::fs::read_to_string(corpus().join("LABELS.tsv")).unwrap();
    let line = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        Label {
            file: columns[0].to_owned(),
            label: columns[1].to_owned(),
            candidates: columns[2].split('|').map(str::to_owned).collect(),
            reason: columns[5].to_owned(),
        }
    };
    text.lines().skip(1).map(line).collect()
}

/// The class that the product gives and the rule and text of the first reason, or `error`.
fn class_of(label: &Label) -> (String, String, String) {
    match inspect(&bytes_of(label)) {
        Ok(found) => {
            let (rule, text) = found
                .reasons
                .first()
                .map(|reason| (reason.rule.clone(), reason.text.clone()))
                .unwrap_or_default();
            (found.class.to_string(), rule, text)
        }
        Err(error) => ("error".to_owned(), error.code().to_owned(), error.to_string()),
    }
}

fn bytes_of(label: &Label) -> Vec<u8> {
    std::fs::read(corpus().join(&label.file)).unwrap()
}

/// Where a new thing may be low or high, medium is right as well when the plan also makes security
/// groups or identities: the conventions of the labels say so.
fn allowed(label: &Label, class: &str, rule: &str) -> bool {
    let is = |candidates: &[&str]| label.candidates == candidates;
    match label.label.as_str() {
        "?" if is(&["low", "high"]) && matches!(rule, "security-group" | "identity-and-access") => true,
        "?" => label.candidates.iter().any(|candidate| candidate == class),
        clear => clear == class,
    }
}

/// Every clear label holds, and no disagreement is kept.
#[test]
fn every_plan_has_the_class_of_its_label() {
    let labels = labels();
    assert!(labels.len() > 300, "the corpus is there");
    let mut wrong = Vec::new();
    for label in &labels {
        let (class, rule, why) = class_of(label);
        if !allowed(label, &class, &rule) {
            let Label {
                file,
                label,
                candidates,
                reason,
            } = label;
            wrong.push(format!(
                "{file}: {class} ({why}), not {label} {candidates:?}: {reason}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        labels.len(),
        wrong.join("\n")
    );
}

#[test]
fn no_plan_that_is_clearly_high_is_classed_lower() {
    for label in labels().iter().filter(|label| label.label == "high") {
        assert_eq!(class_of(label).0, "high", "{}", label.file);
    }
}

/// Every form in which a plan leaves the crate.
fn renderings(found: &Inspection) -> Vec<(&'static str, String)> {
    let view = PlanView::of(found);
    let wide = RenderOptions {
        width: 10_000,
        colour: false,
        full: true,
    };
    let everything = MarkdownOptions {
        limit: usize::MAX,
        ..MarkdownOptions::default()
    };
    vec![
        ("json", serde_json::to_string(found).unwrap()),
        ("terminal", terminal(&view, wide)),
        (
            "narrow",
            terminal(
                &view,
                RenderOptions {
                    width: 20,
                    colour: true,
                    full: false,
                },
            ),
        ),
        ("markdown", markdown(&view, &everything)),
        ("comment", markdown(&view, &MarkdownOptions::default())),
        ("html", html(&view)),
        ("debug", format!("{found:?}")),
    ]
}

#[test]
fn no_sensitive_value_appears_in_any_output() {
    let (mut files, mut values) = (0, 0);
    for label in &labels() {
        let bytes = bytes_of(label);
        let (Ok(found), Ok(plan)) = (inspect(&bytes), serde_json::from_slice::<Value>(&bytes)) else {
            continue;
        };
        let mut secrets = BTreeSet::new();
        collect(&plan, &mut secrets);
        secrets.retain(|secret| {
            secret.chars().count() >= 8 && !found.effects.iter().any(|effect| effect.address.contains(secret))
        });
        files += usize::from(!secrets.is_empty());
        values += secrets.len();
        let finder = AhoCorasick::new(&secrets).unwrap();
        for (format, text) in renderings(&found) {
            let leak = finder.find(&text).map(|leak| &text[leak.range()]);
            assert_eq!(leak, None, "{}: in {format}", label.file);
        }
    }
    assert!(
        files > 10 && values > 1_000,
        "{files} files with {values} sensitive values were looked at"
    );
}

/// Gathers sensitive values in the simplest way: wherever a value stands beside its mirror.
fn collect(node: &Value, secrets: &mut BTreeSet<String>) {
    let pairs = [
        ("before", "before_sensitive"),
        ("after", "after_sensitive"),
        ("values", "sensitive_values"),
    ];
    for (value, mirror) in pairs {
        if let (Some(value), Some(mirror)) = (node.get(value), node.get(mirror)) {
            marked(value, mirror, secrets);
        }
    }
    if node.get("sensitive") == Some(&Value::Bool(true))
        && let Some(value) = node.get("value")
    {
        leaves(value, secrets);
    }
    let declared = node
        .pointer("/configuration/root_module/variables")
        .and_then(Value::as_object);
    for (name, declaration) in declared.into_iter().flatten() {
        if declaration.get("sensitive") == Some(&Value::Bool(true)) {
            leaves(&node["variables"][name]["value"], secrets);
        }
    }
    match node {
        Value::Object(parts) => parts.values().for_each(|part| collect(part, secrets)),
        Value::Array(parts) => parts.iter().for_each(|part| collect(part, secrets)),
        _ => {}
    }
}

fn marked(value: &Value, mirror: &Value, secrets: &mut BTreeSet<String>) {
    match (value, mirror) {
        (_, Value::Bool(true)) => leaves(value, secrets),
        (Value::Object(parts), Value::Object(mirrors)) => {
            parts
                .iter()
                .for_each(|(key, part)| marked(part, mirrors.get(key).unwrap_or(&Value::Null), secrets));
        }
        (Value::Array(parts), Value::Array(mirrors)) => {
            parts
                .iter()
                .zip(mirrors)
                .for_each(|(part, mirror)| marked(part, mirror, secrets));
        }
        _ => {}
    }
}

fn leaves(value: &Value, secrets: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => _ = secrets.insert(text.clone()),
        Value::Object(parts) => parts.values().for_each(|part| leaves(part, secrets)),
        Value::Array(parts) => parts.iter().for_each(|part| leaves(part, secrets)),
        _ => {}
    }
}

#[test]
fn every_comment_fits_and_every_rendering_is_safe() {
    for label in &labels() {
        let Ok(found) = inspect(&bytes_of(label)) else {
            continue;
        };
        for (format, text) in renderings(&found) {
            let limit = if format == "comment" { 65_535 } else { usize::MAX };
            assert!(
                text.len() <= limit,
                "{}: {format} has {} bytes",
                label.file,
                text.len()
            );
            let wild = |character: char| character.is_control() && character != '\n';
            assert!(
                matches!(format, "narrow" | "debug") || !text.contains(wild),
                "{}: {format}",
                label.file
            );
        }
    }
}

/// Cutting a plan off anywhere gives an error, never a panic and never a smaller plan.
#[test]
fn a_plan_that_is_cut_off_is_refused() {
    let bytes = std::fs::read(corpus().join("plans/breml-tfreveal__advanced.json")).unwrap();
    let end = bytes.iter().rposition(|byte| *byte == b'}').unwrap();
    for length in (0..end).step_by(97) {
        assert!(inspect(&bytes[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn states_are_refused_as_states() {
    for file in [
        "terraform-compliance-cli__test_child_modules.json",
        "bridgecrewio-checkov__runner-plan-corrupted-tfplan.json",
    ] {
        let bytes = std::fs::read(corpus().join("plans").join(file)).unwrap();
        assert_eq!(inspect(&bytes).unwrap_err().code(), "state");
    }
}
