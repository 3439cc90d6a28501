//! Test reports as JUnit XML, which continuous integration reads.

use std::fmt::Write;

use crate::testing::{TestOutcome, TestReport, TestStatus};

/// The report as a JUnit document: one suite for each package.
pub fn document(report: &TestReport) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    let mut namespaces: Vec<&str> = report.tests.iter().map(|test| test.namespace.as_str()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    for namespace in namespaces {
        let tests: Vec<&TestOutcome> = report
            .tests
            .iter()
            .filter(|test| test.namespace == namespace)
            .collect();
        // Writing to a text cannot fail.
        suite(&mut text, namespace, &tests).ok();
    }
    text.push_str("</testsuites>\n");
    text
}

fn suite(text: &mut String, namespace: &str, tests: &[&TestOutcome]) -> std::fmt::Result {
    let count = |which: fn(&TestStatus) -> bool| tests.iter().filter(|test| which(&test.status)).count();
    let seconds: f64 = tests.iter().map(|test| test.seconds).sum();
    writeln!(
        text,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{seconds:.3}\">",
        escape(namespace),
        tests.len(),
        count(|status| matches!(status, TestStatus::Failed { .. })),
        count(|status| matches!(status, TestStatus::Errored { .. })),
        count(|status| matches!(status, TestStatus::Skipped)),
    )?;
    for test in tests {
        case(text, test)?;
    }
    writeln!(text, "  </testsuite>")
}

fn case(text: &mut String, test: &TestOutcome) -> std::fmt::Result {
    write!(
        text,
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.3}\"",
        escape(&test.namespace),
        escape(&test.name),
        escape(&test.file),
        test.line,
        test.seconds
    )?;
    let place = format!("{}:{}", test.file, test.line);
    match &test.status {
        TestStatus::Passed => writeln!(text, "/>"),
        TestStatus::Skipped => writeln!(text, "><skipped/></testcase>"),
        TestStatus::Failed { message } => told(text, "failure", message, &place),
        TestStatus::Errored { message } => told(text, "error", message, &place),
    }
}

fn told(text: &mut String, element: &str, message: &str, place: &str) -> std::fmt::Result {
    let message = escape(message);
    writeln!(
        text,
        "><{element} message=\"{message}\">{}</{element}></testcase>",
        escape(place)
    )
}

/// Text inside of XML, without the characters that XML cannot hold.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(' '),
            character if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => {
                escaped.push('?')
            }
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_a_test_is_told() {
        let test = |name: &str, status| TestOutcome {
            namespace: "main".to_owned(),
            name: name.to_owned(),
            file: "a.rego".to_owned(),
            line: 3,
            status,
            seconds: 0.5,
            prints: Vec::new(),
        };
        let message = "a < \"b\" & \u{1b}".to_owned();
        let tests = vec![
            test("test_a", TestStatus::Passed),
            test(
                "test_b",
                TestStatus::Failed {
                    message: message.clone(),
                },
            ),
            test("test_c", TestStatus::Errored { message }),
            test("todo_test_d", TestStatus::Skipped),
        ];
        let text = document(&TestReport { tests });
        assert!(text.contains(
            r#"<testsuite name="main" tests="4" failures="1" errors="1" skipped="1" time="2.000">"#
        ));
        assert!(
            text.contains(r#"<failure message="a &lt; &quot;b&quot; &amp; ?">a.rego:3</failure>"#),
            "{text}"
        );
        assert!(text.contains("<skipped/>"));
    }
}
