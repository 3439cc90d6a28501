//! The real binary: `policy test` and `policy check`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(
    clippy::disallowed_methods,
    reason = "the test starts the program that it tests"
)]

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const MAIN: &str = "package main\n\ndeny_destroy contains msg if {\n  some change in input.resource_changes\n\
                    \x20 \"delete\" in change.change.actions\n  msg := sprintf(\"%s is destroyed\", [change.address])\n}\n\n\
                    class_many := {\"class\": \"high\", \"msg\": \"many\"} if count(input.resource_changes) > data.limits.many\n\n\
                    test_destroy if count(deny_destroy) == 1 with input as {\"resource_changes\": [{\"address\": \"a\", \"change\": {\"actions\": [\"delete\"]}}]}\n";

struct Ended {
    code: i32,
    out: String,
    error: String,
}

impl Ended {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.error))
    }
}

/// A repository with policies.
fn repository(main: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let policies = folder.path().join(".lockkeeper/policies");
    std::fs::create_dir_all(policies.join("data/limits")).unwrap();
    std::fs::write(policies.join("main.rego"), main).unwrap();
    std::fs::write(policies.join("data/limits/x.json"), "{\"many\": 1}").unwrap();
    folder
}

fn plan(folder: &TempDir, actions: &[&str], count: usize) {
    let changes: Vec<Value> = (0..count)
        .map(|n| {
            json!({"address": format!("aws_x.{n}"), "type": "aws_x", "name": "x", "mode": "managed", "provider_name": "aws",
                   "change": {"actions": actions, "before": {"seed": "a-sensitive-seed"}, "after": null, "before_sensitive": {"seed": true}}})
        })
        .collect();
    let plan = json!({"format_version": "1.2", "planned_values": {}, "resource_changes": changes});
    std::fs::write(folder.path().join("plan.json"), plan.to_string()).unwrap();
}

fn run(folder: &Path, arguments: &[&str]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_lockkeeper"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        error: text(output.stderr),
    }
}

#[test]
fn a_plan_is_denied_with_the_place_of_the_rule() {
    let folder = repository(MAIN);
    plan(&folder, &["delete"], 2);
    let told = run(folder.path(), &["policy", "check", "plan.json"]);
    assert_eq!(told.code, 1, "{}", told.error);
    assert!(told.out.contains("aws_x.0 is destroyed"), "{}", told.out);
    assert!(
        told.out
            .contains("main.deny_destroy, .lockkeeper/policies/main.rego:3"),
        "{}",
        told.out
    );
    assert!(
        told.error.contains("denied: 2 rules asked, 2 denied, 0 warnings"),
        "{}",
        told.error
    );
    let told = run(folder.path(), &["policy", "check", "plan.json", "--json"]).json();
    assert_eq!(told["open"], false);
    assert_eq!(told["class"]["class"], "high");
    assert_eq!(told["denied"][1]["message"], "aws_x.1 is destroyed");
    assert!(!told.to_string().contains("a-sensitive-seed"));
}

#[test]
fn a_plan_that_nothing_forbids_passes() {
    let folder = repository(MAIN);
    plan(&folder, &["create"], 1);
    let told = run(folder.path(), &["policy", "check", "plan.json"]);
    assert_eq!((told.code, told.out.as_str()), (0, ""), "{}", told.error);
    let elsewhere = run(
        folder.path(),
        &["policy", "check", "plan.json", "--namespace", "other"],
    );
    assert_eq!(elsewhere.code, 1);
    assert!(
        elsewhere
            .error
            .contains("no policy has the package `other`: the packages are main"),
        "{}",
        elsewhere.error
    );
}

#[test]
fn the_project_file_says_what_is_asked() {
    let folder = repository(MAIN);
    plan(&folder, &["create"], 1);
    let place = folder.path().join(".lockkeeper");
    let network = "package terraform.network\ndeny contains \"no network today\"\nopen := false\n";
    std::fs::write(place.join("policies/network.rego"), network).unwrap();
    let check = |options: &[&str]| {
        let arguments = [&["policy", "check", "plan.json"], options].concat();
        run(folder.path(), &arguments)
    };
    assert_eq!(check(&[]).code, 0, "main alone is asked");
    let settings = |text: &str| std::fs::write(place.join("project.toml"), text).unwrap();
    settings("policies.namespaces = [\"main\", \"terraform.network\"]");
    let told = check(&[]);
    assert_eq!(told.code, 1, "{}", told.error);
    assert!(told.out.contains("no network today"), "{}", told.out);
    assert_eq!(check(&["--namespace", "main"]).code, 0, "options stand in for it");
    settings("policies.decisions = [\"terraform/network/open\"]");
    let told = check(&[]);
    assert!(told.out.contains("the decision is `false`"), "{}", told.out);
    settings("policies.namespaces = [\"main\", \"netwrok\"]");
    let told = check(&[]);
    assert_eq!(told.code, 1);
    assert!(
        told.error.contains("no policy has the package `netwrok`"),
        "{}",
        told.error
    );
    settings("policies.namespaces = []");
    let told = check(&[]);
    assert_eq!(told.code, 2);
    assert!(told.error.contains("lockkeeper config check"), "{}", told.error);
}

#[test]
fn tests_are_run_and_reported() {
    let folder = repository(MAIN);
    let told = run(folder.path(), &["policy", "test"]);
    assert_eq!(told.code, 0, "{}", told.error);
    assert!(told.error.contains("1 passed, 0 failed"), "{}", told.error);
    let failing = format!("{MAIN}\ntest_wrong if count(deny_destroy) == 7 with input as {{}}\n");
    std::fs::write(folder.path().join(".lockkeeper/policies/main.rego"), failing).unwrap();
    let told = run(folder.path(), &["policy", "test", "--junit", "report.xml"]);
    assert_eq!(told.code, 1);
    assert!(
        told.out
            .starts_with("failed .lockkeeper/policies/main.rego:13: main.test_wrong: "),
        "{}",
        told.out
    );
    assert!(
        std::fs::read_to_string(folder.path().join("report.xml"))
            .unwrap()
            .contains("failures=\"1\"")
    );
    let told = run(folder.path(), &["policy", "test", "--json", "--run", "wrong"]);
    assert_eq!((told.code, told.json()["failed"].as_u64()), (1, Some(1)));
}

#[test]
fn mistakes_stand_with_file_and_line() {
    let folder = repository("package main\n\ndeny contains msg if {\n  msg := typo\n}\n");
    plan(&folder, &["create"], 1);
    for arguments in [&["policy", "test"] as &[&str], &["policy", "check", "plan.json"]] {
        let told = run(folder.path(), arguments);
        assert_eq!(told.code, 1);
        assert!(
            told.out
                .starts_with(".lockkeeper/policies/main.rego:4:10: nothing gives `typo` a value"),
            "{}",
            told.out
        );
        assert!(
            told.error.contains("1 mistake: the gate stays shut"),
            "{}",
            told.error
        );
    }
    assert_eq!(
        run(folder.path(), &["policy", "test", "--json"]).json()["problems"][0]["line"],
        4
    );
}

#[test]
fn what_is_not_there_or_no_plan_is_told() {
    let folder = repository(MAIN);
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(run(empty.path(), &["policy", "test"]).code, 3);
    assert_eq!(run(folder.path(), &["policy", "check", "absent.json"]).code, 3);
    std::fs::write(folder.path().join("plan.json"), "{}").unwrap();
    let told = run(folder.path(), &["policy", "check", "plan.json", "--json"]);
    assert_eq!((told.code, told.json()["status"].as_u64()), (2, Some(422)));
    plan(&folder, &["create"], 1);
    let failing = "package main\ndeny := 7\n";
    std::fs::write(folder.path().join(".lockkeeper/policies/main.rego"), failing).unwrap();
    let told = run(folder.path(), &["policy", "check", "plan.json"]);
    assert_eq!(told.code, 1);
    assert!(
        told.error.contains("answers with a number") && told.error.contains("shuts the gate"),
        "{}",
        told.error
    );
}
