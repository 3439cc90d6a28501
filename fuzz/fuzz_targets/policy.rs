//! Any text as a policy, asked about a small plan: it answers in time, within its limits.
#![no_main]

use std::panic;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use lockkeeper_policy::{Asked, Namespaces, PolicyInput, PolicySet, limits};
use serde_json::json;

/// What one policy may take. Reading it is held by libFuzzer's own limit.
const TIME: Duration = Duration::from_millis(100);
/// What more is a policy that nothing stopped; the machine may be busy besides.
const PATIENCE: Duration = Duration::from_secs(5);

static PLAN: LazyLock<PolicyInput> = LazyLock::new(|| {
    PolicyInput::of_redacted(json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {"region": {"value": "eu-west-3"}},
        "resource_changes": [
            {
                "address": "aws_db_instance.main",
                "type": "aws_db_instance",
                "change": {
                    "actions": ["delete", "create"],
                    "before": {"engine": "postgres", "password": "[redacted]", "port": 5432},
                    "after": {"engine": "postgres", "password": "[redacted]", "port": 5433, "tags": null}
                }
            },
            {
                "address": "aws_s3_bucket.logs[\"a\"]",
                "type": "aws_s3_bucket",
                "change": {"actions": ["create"], "before": null, "after": {"bucket": "logs", "tags": {"team": "shop"}}}
            }
        ]
    }))
});

/// The interpreter works on threads of its own, where a panic is an error of the policy, and shuts the gate.
fn let_the_interpreter_break() {
    let fail = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        if std::thread::current().name() != Some("policy") {
            fail(panicked);
        }
    }));
}

fuzz_target!(init: let_the_interpreter_break(), |text: &str| {
    let set = match PolicySet::load(&[("main.rego", text)]) {
        Ok(set) => set.with_time_limit(TIME),
        Err(problems) => return assert!(!problems.to_string().is_empty()),
    };
    let asked = Asked { namespaces: Namespaces::All, ..Asked::default() };
    let started = Instant::now();
    match set.evaluate(&PLAN, &asked) {
        Ok(outcome) => {
            for findings in [&outcome.denied, &outcome.warnings] {
                assert!(findings.len() <= limits::FINDINGS);
                for finding in findings {
                    let length = finding.message.chars().count();
                    assert!((1..=limits::MESSAGE).contains(&length), "{finding:?}");
                }
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
});
