//! Policies that would hang, break or fill the process that asks them.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fmt::Write;
use std::time::{Duration, Instant};

use lockkeeper_policy::{Asked, PolicyError, PolicyInput, PolicySet, TestStatus};
use serde_json::json;
use support::{ask, load, tests};

/// Asks a policy that must not take longer than its limit.
fn ask_briefly(text: &str) -> Result<(), PolicyError> {
    let set = load(text)
        .unwrap_or_else(|problems| panic!("{problems}"))
        .with_time_limit(Duration::from_millis(200));
    let started = Instant::now();
    let answer = set.evaluate(&PolicyInput::of_redacted(json!({"n": 1})), &Asked::default());
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}: {text}",
        started.elapsed()
    );
    answer.map(drop)
}

const LOOPS: [&str; 4] = [
    "deny contains \"m\" if { some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a * b == -1 }",
    "deny contains msg if { msg := sprintf(\"%d\", [count([1 | a := numbers.range(1, 99999)[_]; b := numbers.range(1, 99999)[_]; a * b == 7])]) }",
    "f(x) := count([1 | a := numbers.range(1, 99999)[_]; b := numbers.range(1, 99999)[_]; a * b == x])\ndeny contains \"m\" if f(7) > 0",
    "deny contains \"m\" if every a in numbers.range(1, 99999) { every b in numbers.range(1, 99999) { a + b > 0 } }",
];

#[test]
fn endless_work_is_stopped() {
    for text in LOOPS {
        let answer = ask_briefly(&format!("package main\n{text}\n"));
        assert!(
            matches!(answer, Err(PolicyError::TimedOut { .. })),
            "{answer:?}: {text}"
        );
    }
}

#[test]
fn an_endless_test_is_stopped() {
    let set = load(
        "package main\ntest_endless if { some a in numbers.range(1, 99999); some b in numbers.range(1, 99999); a * b == -1 }\ntest_fine := true\n",
    );
    let report = set
        .unwrap()
        .with_time_limit(Duration::from_millis(200))
        .run_tests(None);
    assert!(
        matches!(&report.tests[0].status, TestStatus::Errored { message } if message.contains("longer than")),
        "{report:?}"
    );
    assert_eq!(report.tests[1].status, TestStatus::Passed);
}

#[test]
fn much_is_not_made_out_of_little() {
    for text in [
        "deny contains msg if { msg := sprintf(\"%d\", [count(numbers.range(0, 100000000000000))]) }",
        "deny contains msg if { msg := sprintf(\"%999999999d\", [1]) }",
        "deny contains msg if { msg := sprintf(\"%d\", [count(net.cidr_expand(\"::/0\"))]) }",
        "deny contains msg if { msg := sprintf(\"%v\", [bits.lsh(1, 99999999999)]) }",
    ] {
        let answer = ask_briefly(&format!("package main\n{text}\n"));
        assert!(
            matches!(answer, Err(PolicyError::Failed(_))),
            "{answer:?}: {text}"
        );
    }
}

#[test]
fn an_answer_that_shares_its_parts_is_not_written_out() {
    let mut text = String::from("package main\nx0 := [1, 2]\n");
    for n in 1..60 {
        writeln!(text, "x{n} := [x{}, x{}]", n - 1, n - 1).unwrap();
    }
    text.push_str("deny contains {\"msg\": \"m\", \"x\": x59} if input.n == 1\n");
    let answer = ask_briefly(&text);
    assert!(matches!(answer, Err(PolicyError::Unusable { .. })), "{answer:?}");
}

#[test]
fn what_would_break_the_stack_is_refused() {
    let chain = |length: usize| {
        let mut text = String::from("package main\n");
        for n in 0..length {
            writeln!(text, "r{n} := r{}", n + 1).unwrap();
        }
        text + &format!("r{length} := 1\ndeny contains \"m\" if r0 == 1\n")
    };
    for text in [
        chain(3_000),
        "package main\nf(x) := f(x)\ndeny contains \"m\" if f(1)\n".to_owned(),
        "package main\nf(x) := g(x)\ng(x) := f(x)\ndeny contains \"m\" if f(1)\n".to_owned(),
        "package main\nf(x) := y if { y := g(x) with g as f }\ng(x) := x\ndeny contains \"m\" if f(1)\n"
            .to_owned(),
        format!("package main\nx := {}1\n", "- ".repeat(100_000)),
        format!("package main\nx := {}1\n", "1 + ".repeat(100_000)),
        format!(
            "package main\nx := {}1{}\n",
            "[".repeat(100_000),
            "]".repeat(100_000)
        ),
        format!("package main\nx := {}1\n", "set(".repeat(100_000)),
        format!("package main\nx := a{}\n", "[0\n]".repeat(100_000)),
        format!("package main\nx := a{}\n", ".a".repeat(100_000)),
        format!("package main\nx if {{ {} }}\n", "{\"a\": [".repeat(14)),
        format!(
            "package main\nx := {}1{}\n",
            "{\"a\": [y, ".repeat(14),
            "]}".repeat(14)
        ),
        "package main\n\0deny contains \"m\"".to_owned(),
    ] {
        let started = Instant::now();
        assert!(load(&text).is_err(), "{:.80}", text);
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "{:?}: {:.80}",
            started.elapsed(),
            text
        );
    }
}

#[test]
fn what_is_just_allowed_does_not_break_the_stack() {
    let mut text = String::from("package main\n");
    let nested = (0..6).fold("0".to_owned(), |inner, n| {
        format!("count([1 | some z{n} in [1, 2]; z{n} > {inner}])")
    });
    for n in 0..95 {
        writeln!(text, "r{n} := r{} + {nested}", n + 1).unwrap();
    }
    writeln!(
        text,
        "r95 := 1\nsum := {}1\nneg := {}1\ndeny contains \"m\" if r0 > 0",
        "1 + ".repeat(200),
        "- ".repeat(200)
    )
    .unwrap();
    let set = load(&text).unwrap_or_else(|problems| panic!("{problems}"));
    set.evaluate(&PolicyInput::of_redacted(json!({})), &Asked::default())
        .unwrap();
}

#[test]
fn rules_that_need_each_other_are_an_error() {
    let text = "package main\ndeny contains \"m\" if x\nx if y\ny if x\n";
    assert!(load(text).is_err() || ask(text, json!({})).is_err());
}

#[test]
fn there_is_neither_network_nor_environment() {
    for call in [
        "http.send({\"method\": \"get\", \"url\": \"http://127.0.0.1/\"})",
        "opa.runtime()",
        "net.lookup_ip_addr(\"localhost\")",
    ] {
        let problems = load(&format!("package main\nx := {call}\n")).unwrap_err();
        assert!(
            problems.to_string().contains("there is no function"),
            "{problems}"
        );
    }
}

#[test]
fn too_much_is_refused() {
    let many: Vec<(String, String)> = (0..1_100)
        .map(|n| (format!("p{n}.rego"), "package main\n".to_owned()))
        .collect();
    assert!(PolicySet::load(&many).is_err());
    let large = format!("package main\nx := `{}`\n", "a".repeat(2 * 1024 * 1024));
    assert!(
        load(&large).unwrap_err().to_string().contains("at most"),
        "a large file"
    );
    let rules: String = (0..6_000).map(|n| format!("r{n} := 1\n")).collect();
    assert!(
        load(&format!("package main\n{rules}"))
            .unwrap_err()
            .to_string()
            .contains("rules")
    );
}

#[test]
fn many_findings_are_counted() {
    let outcome = support::outcome(
        "package main\ndeny contains n if { some i in numbers.range(1, 700); n := sprintf(\"%d\", [i]) }\n",
        json!({}),
    );
    assert_eq!((outcome.denied.len(), outcome.omitted), (500, 200));
}

#[test]
fn a_test_cannot_pass_by_an_error() {
    let report =
        tests("package main\nf(x) := 1 if x > 0\nf(x) := 2 if x > 0\ntest_conflict if not f(1) == 3\n");
    assert_eq!(report.passed(), 0, "{report:?}");
}
