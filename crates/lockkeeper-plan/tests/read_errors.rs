//! Every input that is no plan is refused with what it is and what to do.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use lockkeeper_plan::reader::{ReadOptions, read};

fn refused(input: &[u8]) -> (&'static str, String) {
    let error = read(input, &ReadOptions::default()).unwrap_err();
    (error.code(), error.to_string())
}

#[test]
fn inputs_that_are_no_plan() {
    let plan = r#"{"format_version":"1.2","resource_changes":[]}"#;
    let cases: Vec<(String, &str)> = vec![
        (String::new(), "empty"),
        ("PK\u{3}\u{4}".to_owned(), "saved-plan-file"),
        (format!("[command]/bin/terraform show -json plan\n{plan}"), "wrapper-lines"),
        (format!("Warning: something\n\n{plan}"), "wrapper-lines"),
        ("Error: no plan".to_owned(), "not-json"),
        ("[1,2]".to_owned(), "not-an-object"),
        ("\"text\"".to_owned(), "not-an-object"),
        ("null".to_owned(), "not-an-object"),
        (plan[..30].to_owned(), "truncated"),
        (format!("{plan}\n{plan}"), "several-documents"),
        (format!("{plan}\nApply complete!"), "text-afterwards"),
        (r#"{"resource_changes":[],"resource_changes":[]}"#.to_owned(), "duplicate-key"),
        (r#"{"format_version":"1.0","values":{"root_module":{}}}"#.to_owned(), "state"),
        (r#"{"version":4,"serial":1,"lineage":"x","resources":[]}"#.to_owned(), "state"),
        (r#"{"version":3,"serial":1,"modules":[]}"#.to_owned(), "state"),
        (r#"{"version":4,"terraform_version":"1.0.0","serial":1,"lineage":"x","outputs":{"a":{"value":1}},"resources":[]}"#.to_owned(), "state"),
        (r#"{"a":1,"b":2}"#.to_owned(), "not-a-plan"),
        ("{}".to_owned(), "not-a-plan"),
        (r#"{"format_version":"2.0","resource_changes":[]}"#.to_owned(), "unsupported-version"),
        (r#"{"errored":true,"resource_changes":[]}"#.to_owned(), "planning-failed"),
        (r#"{"resource_changes":{}}"#.to_owned(), "malformed"),
        (
            r#"{"planned_values":{"root_module":{"child_modules":[{"resources":[{"mode":"managed"}]}]}}}"#.to_owned(),
            "no-resource-changes",
        ),
    ];
    for (input, expected) in cases {
        let (code, message) = refused(input.as_bytes());
        assert_eq!(code, expected, "{input}: {message}");
        assert!(!message.contains('\n') && message.len() > 20, "{message}");
    }
}

fn updating(before: &str, after: &str) -> String {
    format!(
        r#"{{"format_version":"1.2","resource_changes":[{{"address":"a.b","type":"a","name":"b",
           "change":{{"actions":["update"],"before":{before},"after":{after}}}}}]}}"#
    )
}

#[test]
fn hostile_values_are_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(
        refused(updating("null", &format!(r#"{{"v":{deep}}}"#)).as_bytes()).0,
        "too-deep"
    );
    assert_eq!(
        refused(updating("null", r#"{"v":1e99999}"#).as_bytes()).0,
        "huge-number"
    );
    assert_eq!(
        refused(updating(r#"{"v":1,"v":2}"#, "null").as_bytes()).0,
        "duplicate-key"
    );
    let modules = format!(
        r#"{{"resource_changes":[],"planned_values":{{"root_module":{}{{}}{}}}}}"#,
        r#"{"child_modules":["#.repeat(5_000),
        "]}".repeat(5_000)
    );
    assert_eq!(refused(modules.as_bytes()).0, "too-deep");
}

#[test]
fn utf16_is_read_with_a_warning() {
    let text = updating(r#"{"v":1}"#, r#"{"v":2}"#);
    let bytes: Vec<u8> = [0xFEFF]
        .into_iter()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let document = read(&bytes, &ReadOptions::default()).unwrap();
    assert_eq!((document.effects.len(), document.warnings.len()), (1, 1));
}
