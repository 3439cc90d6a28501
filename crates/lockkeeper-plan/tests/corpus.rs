//! Holds the reader and the classes against labelled plans of the wild (`tests/corpus/NOTICE`).

use std::path::{Path, PathBuf};

use lockkeeper_plan::inspect::inspect;

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

/// The class that the product gives, or `error`.
fn class_of(label: &Label) -> (String, String) {
    let bytes = std::fs::read(corpus().join(&label.file)).unwrap();
    match inspect(&bytes) {
        Ok(found) => (found.class.to_string(), format!("{:?}", found.reasons.first().map(|reason| &reason.text))),
        Err(error) => ("error".to_owned(), error.to_string()),
    }
}

/// Where a new thing may be low or high, medium is right when the plan also makes security groups or
/// identities: the labelling conventions say so.
fn allowed(label: &Label, class: &str) -> bool {
    match label.label.as_str() {
        "?" => label.candidates.iter().any(|candidate| candidate == class),
        clear => clear == class,
    }
}

#[test]
fn every_plan_has_the_class_of_its_label() {
    let labels = labels();
    assert!(labels.len() > 300, "the corpus is there");
    let mut wrong = Vec::new();
    for label in &labels {
        let (class, why) = class_of(label);
        if !allowed(label, &class) {
            wrong.push(format!("{}: {class} ({why}), not {} {:?}: {}", label.file, label.label, label.candidates, label.reason));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), labels.len(), wrong.join("\n"));
}
