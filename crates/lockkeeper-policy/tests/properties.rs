//! Whatever stands in a file, reading and asking it ends well.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use lockkeeper_policy::{Asked, PolicyInput, PolicySet, is_policy_file};
use proptest::prelude::*;
use serde_json::json;

/// Pieces of Rego, some of which break others.
fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "package main\n",
        "import rego.v1\n",
        "import data.x as y\n",
        "deny ",
        "warn",
        "class := ",
        "contains ",
        "msg ",
        "if ",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        ":= ",
        "= ",
        "== ",
        "input",
        ".a",
        "[_]",
        "some x in ",
        "every k, v in ",
        "not ",
        "with input as ",
        "else ",
        "default ",
        "\"text\"",
        "`raw`",
        "1",
        "-",
        "+ ",
        "|",
        "&",
        ",",
        ";",
        "\n",
        "# remark\n",
        "test_a ",
        "true ",
        "null ",
        "set()",
        "f(x) ",
        "sprintf(\"%v\", [1])",
        "walk(input, [p, v])",
        "exception",
        "\\",
        "\u{0}",
        "é",
        "\"open",
        "high",
    ]);
    prop::collection::vec(words, 0..60).prop_map(|words| words.concat())
}

fn goes_well(path: &str, text: &str) {
    let files = [
        (path, text),
        ("other.rego", "package main\ndeny contains \"m\" if input.a\n"),
    ];
    match PolicySet::load(&files) {
        Ok(set) => {
            let set = set.with_time_limit(Duration::from_millis(500));
            // An error is an answer as well; a panic is told by `Broke`.
            let answer = set.evaluate(
                &PolicyInput::of_redacted(json!({"a": [1, {"b": "c"}]})),
                &Asked::default(),
            );
            assert!(
                !matches!(answer, Err(lockkeeper_policy::PolicyError::Broke(_))),
                "{answer:?}\n{text}"
            );
            set.run_tests(None);
        }
        Err(problems) => {
            assert!(!problems.0.is_empty());
            assert!(
                !problems.to_string().contains("interpreter broke"),
                "{problems}\n{text}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn any_text_goes_well(text in any::<String>()) {
        goes_well("main.rego", &text);
    }

    #[test]
    fn any_policy_goes_well(text in pieces()) {
        goes_well("main.rego", &text);
        goes_well("main.rego", &format!("package main\n{text}"));
    }

    #[test]
    fn any_data_goes_well(text in "[\\[\\]{}:,\"a-z0-9&*! \n-]{0,60}", yaml in any::<bool>()) {
        goes_well(if yaml { "data/x.yaml" } else { "data/x.json" }, &text);
    }

    #[test]
    fn any_path_is_told(path in any::<String>()) {
        is_policy_file(&path);
    }

    #[test]
    fn a_class_is_never_lowered(asked in prop::collection::vec(prop::sample::select(vec!["low", "medium", "high"]), 1..6)) {
        let rules: String = asked.iter().enumerate().map(|(n, class)| format!("class_{n} := \"{class}\"\n")).collect();
        let class = support::outcome(&format!("package main\n{rules}"), json!({})).class.unwrap().class;
        for one in asked {
            prop_assert!(class >= one.parse().unwrap());
        }
    }
}
