//! Rules as in Conftest, and classes.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use lockkeeper_domain::risk::RiskClass;
use lockkeeper_policy::{Asked, Excepted, Namespaces, PolicyError, PolicyInput, PolicySet, TestStatus};
use serde_json::json;
use support::{ask, denied, load, messages, outcome, tests};

#[test]
fn both_versions_of_rego_deny() {
    let old =
        "package main\n\ndeny[msg] {\n  input.n > 1\n  msg = sprintf(\"%d is too many\", [input.n])\n}\n";
    let new = "package main\n\ndeny contains msg if {\n  input.n > 1\n  msg := sprintf(\"%d is too many\", [input.n])\n}\n";
    let imported = new.replacen("main\n", "main\nimport rego.v1\n", 1);
    let future = new.replacen("main\n", "main\nimport future.keywords\n", 1);
    for text in [old, new, &imported, &future] {
        assert_eq!(denied(text, json!({"n": 2})), ["2 is too many"], "{text}");
        assert!(denied(text, json!({"n": 1})).is_empty(), "{text}");
    }
}

#[test]
fn files_of_both_versions_go_together() {
    let files = [
        ("lib/old.rego", "package lib\nlarge(n) { n > 10 }\n"),
        (
            "main.rego",
            "package main\nimport data.lib\ndeny contains \"large\" if lib.large(input.n)\n",
        ),
    ];
    let set = PolicySet::load(&files).unwrap();
    let outcome = set
        .evaluate(&PolicyInput::of_redacted(json!({"n": 11})), &Asked::default())
        .unwrap();
    assert_eq!(messages(&outcome), ["large"]);
}

#[test]
fn findings_know_their_rule_and_place() {
    let text = "package main\n\nviolation_ports contains {\"msg\": \"open\", \"port\": 22, \"who\": {\"a\", \"b\"}} if true\n\
                warn_tags contains \"no owner\" if true\n";
    let outcome = outcome(text, json!({}));
    let finding = &outcome.denied[0];
    assert_eq!(
        (finding.namespace.as_str(), finding.rule.as_str()),
        ("main", "violation_ports")
    );
    assert_eq!(
        (finding.file.as_str(), finding.line, finding.message.as_str()),
        ("main.rego", 3, "open")
    );
    assert_eq!(
        serde_json::to_value(&finding.metadata).unwrap(),
        json!({"port": 22, "who": ["a", "b"]})
    );
    assert_eq!(outcome.warnings[0].message, "no owner");
    assert_eq!(outcome.rules, 2);
}

#[test]
fn every_shape_of_yes_denies() {
    for yes in [
        "deny := true",
        "deny := \"no\"",
        "deny := [\"no\"]",
        "deny contains \"no\"",
        "deny_x if 1 == 1",
        "deny = msg if { msg := \"no\" }",
        "deny contains {\"msg\": \"no\"}",
    ] {
        assert_eq!(
            denied(&format!("package main\n{yes}\n"), json!({})).len(),
            1,
            "{yes}"
        );
    }
    for no in [
        "default deny := false",
        "deny := []",
        "deny := set()",
        "deny if false",
        "denylist := [\"x\"]",
        "deny(x) := x",
    ] {
        assert!(
            denied(&format!("package main\n{no}\n"), json!({})).is_empty(),
            "{no}"
        );
    }
}

#[test]
fn an_answer_that_is_neither_yes_nor_no_is_an_error() {
    for neither in [
        "deny := 7",
        "deny := {\"a\": 1}",
        "deny contains 7",
        "deny contains {\"message\": \"x\"}",
        "deny := null",
    ] {
        let error = ask(&format!("package main\n{neither}\n"), json!({})).unwrap_err();
        assert!(
            matches!(error, PolicyError::Unusable { .. }),
            "{neither}: {error}"
        );
        assert!(
            error.to_string().starts_with("main.rego:2: the rule `main.deny`"),
            "{error}"
        );
    }
}

#[test]
fn keys_instead_of_messages_are_told_when_the_file_is_read() {
    let problems = load("package main\n\ndeny[msg] if { msg := \"no\" }\n").unwrap_err();
    assert!(
        problems.0[0]
            .to_string()
            .starts_with("main.rego:3:1: `deny[...] if` gives no messages"),
        "{problems}"
    );
}

#[test]
fn classes_only_name_what_they_ask_for() {
    let text = "package main\nclass := \"medium\" if input.n > 0\n\
                class_data contains {\"class\": \"high\", \"msg\": \"a database\", \"address\": \"aws_db.x\", \"functions\": [\"database\"]} if input.n > 1\n";
    assert_eq!(outcome(text, json!({"n": 0})).class, None);
    let class = outcome(text, json!({"n": 1})).class.unwrap();
    assert_eq!(
        (class.class, class.reasons[0].text.as_str()),
        (RiskClass::Medium, "the policy `main.class` says so")
    );
    let class = outcome(text, json!({"n": 2})).class.unwrap();
    assert_eq!(class.class, RiskClass::High);
    let reason = &class.reasons[0];
    assert_eq!(
        (
            reason.rule.as_str(),
            reason.address.as_str(),
            reason.text.as_str()
        ),
        ("policy:main.class_data", "aws_db.x", "a database")
    );
    assert_eq!(
        reason
            .functions
            .iter()
            .map(|function| function.as_str())
            .collect::<Vec<_>>(),
        ["database"]
    );
}

#[test]
fn a_class_that_is_none_is_an_error() {
    for wrong in [
        "class := \"hgih\"",
        "class := true",
        "class contains {\"msg\": \"x\"}",
        "class := {\"class\": \"low\", \"functions\": \"x\"}",
    ] {
        let error = ask(&format!("package main\n{wrong}\n"), json!({})).unwrap_err();
        assert!(matches!(error, PolicyError::Unusable { .. }), "{wrong}: {error}");
    }
}

#[test]
fn exceptions_take_rules_out() {
    let text = "package main\ndeny_root contains \"root\"\nviolation_root contains \"root, too\"\ndeny contains \"bare\"\n\
                warn_other contains \"other\"\nexception contains rules if { input.excepted; rules := input.excepted }\n";
    assert_eq!(denied(text, json!({})).len(), 3);
    let outcome = outcome(text, json!({"excepted": ["root"]}));
    assert_eq!(messages(&outcome), ["bare"]);
    let rule = |rule: &str| Excepted {
        namespace: "main".to_owned(),
        rule: rule.to_owned(),
    };
    assert_eq!(outcome.excepted, [rule("deny_root"), rule("violation_root")]);
    assert_eq!(denied(text, json!({"excepted": [""]})), ["root", "root, too"]);
}

#[test]
fn namespaces_and_decisions_are_asked_for() {
    let files = [
        ("a.rego", "package main\ndeny contains \"main\"\n"),
        ("b.rego", "package terraform.network\ndeny contains \"network\"\n"),
        (
            "c.rego",
            "package terraform.analysis\ndefault authz := false\nauthz if input.ok\nscore := 3\nnothing if false\n",
        ),
    ];
    let set = PolicySet::load(&files).unwrap();
    assert_eq!(
        set.namespaces(),
        ["main", "terraform.analysis", "terraform.network"]
    );
    let asked = |namespaces, decisions: &[&str], ok: bool| {
        let decisions = decisions.iter().map(|decision| (*decision).to_owned()).collect();
        set.evaluate(
            &PolicyInput::of_redacted(json!({"ok": ok})),
            &Asked {
                namespaces,
                decisions,
            },
        )
    };
    assert_eq!(messages(&asked(Namespaces::Main, &[], true).unwrap()), ["main"]);
    assert_eq!(
        messages(&asked(Namespaces::All, &[], true).unwrap()),
        ["main", "network"]
    );
    let network = Namespaces::Named(vec!["terraform.network".to_owned()]);
    assert_eq!(messages(&asked(network, &[], true).unwrap()), ["network"]);
    let misspelt = Namespaces::Named(vec!["main".to_owned(), "terraform.netwrok".to_owned()]);
    let error = asked(misspelt, &[], true).unwrap_err().to_string();
    assert!(
        error.contains("no policy has the package `terraform.netwrok`"),
        "{error}"
    );
    let none = || Namespaces::Named(Vec::new());
    assert!(
        asked(none(), &["terraform/analysis/authz"], true)
            .unwrap()
            .is_open()
    );
    assert_eq!(
        messages(&asked(none(), &["terraform/analysis/authz"], false).unwrap()),
        ["the decision is `false`"]
    );
    assert!(
        !asked(none(), &["data.terraform.analysis.nothing"], true)
            .unwrap()
            .is_open()
    );
    assert!(asked(none(), &["terraform/analysis/score"], true).is_err());
    assert!(asked(none(), &["terraform/analysis/absent"], true).is_err());
}

#[test]
fn packages_are_named_as_settings_name_them() {
    let namespaces = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Asked::of(&names, &[]).namespaces
    };
    assert_eq!(namespaces(&[]), Namespaces::Main);
    assert_eq!(namespaces(&["a", "*"]), Namespaces::All);
    assert_eq!(namespaces(&["a"]), Namespaces::Named(vec!["a".to_owned()]));
}

#[test]
fn data_stands_where_its_folder_says() {
    let files = [
        (
            "main.rego",
            "package main\nimport data.services\ndeny contains port if { some port in services.ports; port == input.port }\n\
                       deny contains data.deep.er.name if input.port == \"0\"\n",
        ),
        ("data/services.yaml", "services:\n  ports: [\"22\", \"21\"]\n"),
        ("data/deep/er/x.json", "{\"name\": \"zero\"}"),
        ("plans/plan.json", "not even JSON"),
    ];
    let set = PolicySet::load(&files).unwrap();
    let asked = |port: &str| {
        messages(
            &set.evaluate(
                &PolicyInput::of_redacted(json!({"port": port})),
                &Asked::default(),
            )
            .unwrap(),
        )
    };
    assert_eq!(asked("22"), ["22"]);
    assert_eq!(asked("0"), ["zero"]);
    assert!(asked("443").is_empty());
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let files = [
        ("a.rego", "package main\n\ndeny contains msg if {\n  msg := \n}\n"),
        ("b.rego", "package main\nx := http.send({})\ny := nosuch(1)\n"),
        ("c.rego", "package main\nf(x) := g(x)\ng(x) := f(x)\n"),
        ("d.rego", "package main\n\ndeny[msg] {\n  msg = \"unfinished\n}\n"),
        ("data/e.json", "[1]"),
        ("data/f.yaml", "a: [1"),
    ];
    let problems = PolicySet::load(&files).unwrap_err();
    let told: Vec<String> = problems.0.iter().map(ToString::to_string).collect();
    for expected in [
        "a.rego:4:7: ",
        "b.rego:2:15: there is no function `http.send`: policies have no network",
        "b.rego:3:12: there is no function `nosuch`",
        "c.rego:2:1: the function `f` calls itself",
        "d.rego:4:",
        "data/e.json: the data must be an object",
        "data/f.yaml: the data cannot be read",
    ] {
        assert!(
            told.iter().any(|told| told.starts_with(expected)),
            "{expected}: {told:#?}"
        );
    }
}

#[test]
fn variables_without_a_value_are_told_when_the_file_is_read() {
    for body in [
        "x := y\n  msg := \"m\"",
        "msg := y",
        "input.x == y\n  msg := \"m\"",
        "some y\n  y > 1\n  msg := \"m\"",
        "msg := sprintf(\"%v\", [y])",
        "y.a[0]\n  msg := \"m\"",
        "msg := [q | q := y][0]",
    ] {
        let problems = load(&format!(
            "package main\n\ndeny contains msg if {{\n  {body}\n}}\n"
        ))
        .unwrap_err();
        assert!(
            problems.to_string().contains("nothing gives `y` a value"),
            "{problems}"
        );
    }
}

#[test]
fn every_way_to_give_a_value_is_known() {
    let text = "package main\nimport input as plan\nimport input.list as items\nimport data.lib\nimport data.lib.f as g\n\
        deny contains msg if {\n  plan.list[i] == 1\n  [a, {\"k\": b}] = [1, {\"k\": 2}]\n  some k, v in items\n  every x, y in items { x < y + a }\n\
        walk(plan, [path, value])\n  not lib.none\n  g(k) == v\n  c = d\n  d = 7\n  lib.f(k, e)\n  z := {q: r | some q, r in plan}\n\
        msg := sprintf(\"%v\", [[i, a, b, k, v, path, value, c, d, e, z, _]]) with input.x as 1\n  _ = 3\n}\nh(m, [n, _]) := m + n\n";
    let lib = "package lib\nf(x) := x\nnone if false\n";
    if let Err(problems) = PolicySet::load(&[("main.rego", text), ("lib.rego", lib)]) {
        assert!(!problems.to_string().contains("nothing gives"), "{problems}");
    }
}

#[test]
fn a_function_that_fails_has_no_value_as_in_opa() {
    let text = "package main\ndeny contains \"null\" if count(input.nothing) == 0\ndeny contains \"not\" if not startswith(input.nothing, \"x\")\n";
    assert_eq!(denied(text, json!({"nothing": null})), ["not"]);
}

#[test]
fn a_rule_that_contradicts_itself_is_an_error() {
    let error = ask(
        "package main\nx := 1 if input.a\nx := 2 if input.b\ndeny contains \"m\" if x == 1\n",
        json!({"a": true, "b": true}),
    );
    assert!(
        matches!(error, Err(PolicyError::Failed(problem)) if problem.line > 0),
        "no error"
    );
}

#[test]
fn tests_pass_fail_and_are_skipped() {
    let report = tests(
        "package main\ndeny contains \"m\" if input.x\ntest_yes if deny[\"m\"] with input as {\"x\": true}\n\
         test_no if deny[\"m\"] with input as {}\ntest_false := false\ntest_prints if { print(\"seen\", 1); false }\n\
         todo_test_later if false\ntest_error if conflicting\nconflicting := 1 if true\nconflicting := 2 if true\n",
    );
    let of = |name: &str| report.tests.iter().find(|test| test.name == name).unwrap();
    assert_eq!(of("test_yes").status, TestStatus::Passed);
    assert!(matches!(of("test_no").status, TestStatus::Failed { .. }));
    assert_eq!(of("test_no").line, 4);
    assert!(matches!(of("test_false").status, TestStatus::Failed { .. }));
    assert_eq!(of("test_prints").prints, ["main.rego:6: seen 1"]);
    assert_eq!(of("todo_test_later").status, TestStatus::Skipped);
    assert!(matches!(of("test_error").status, TestStatus::Errored { .. }));
    assert_eq!((report.passed(), report.failed(), report.skipped()), (1, 4, 1));
}

#[test]
fn tests_of_one_name_are_told() {
    let problems = load("package main\ntest_a if true\ntest_a if false\n").unwrap_err();
    assert!(
        problems
            .to_string()
            .contains("main.rego:3:1: the test `test_a` stands in main.rego:2 too"),
        "{problems}"
    );
}

#[test]
fn a_whole_plan_may_stand_in_a_test() {
    let plan = json!({"planned_values": {"root_module": {"child_modules": [{"resources": [{"values": {"a": [{"b": [{"c": [1, 2]}]}]}}]}]}},
                      "resource_changes": (0..200).map(|n| json!({"address": format!("a.{n}"), "change": {"after": {"x": [{"y": {"z": n}}]}}})).collect::<Vec<_>>()});
    let pretty = serde_json::to_string_pretty(&plan).unwrap();
    let report = tests(&format!(
        "package main\ndeny contains r.address if {{ some r in input.resource_changes; r.change.after.x[0].y.z == 7 }}\n\
         mock := {pretty}\ntest_seven if deny == {{\"a.7\"}} with input as mock\ntest_here if count(deny) == 1 with input as {plan}\n"
    ));
    assert_eq!(report.failed(), 0, "{report:#?}");
    assert_eq!(report.passed(), 2);
}
