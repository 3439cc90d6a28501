//! What policies say, for people.

use std::path::Path;

use anstyle::Style;
use lockkeeper_policy::{Finding, PolicyOutcome, PolicyProblem, TestReport, TestStatus};

use crate::output::layout::{Cell, Sheet};
use crate::output::style::{BAD, DIM, GOOD, WAITING, paint};
use crate::output::{escape, text};

/// Mistakes, one on each line, with the place where an editor finds it.
pub(super) fn problems(folder: &Path, problems: &[PolicyProblem]) -> String {
    let lines = problems.iter().map(|problem| {
        let shown = if problem.file.is_empty() {
            problem.to_string()
        } else {
            folder.join(problem.to_string()).display().to_string()
        };
        format!("{}\n", escape::line(&shown))
    });
    lines.collect()
}

/// The last line when there are mistakes.
pub(super) fn mistakes(count: usize) -> String {
    paint(
        BAD,
        &format!(
            "{}: the gate stays shut until they are mended",
            text::count(count, "mistake")
        ),
    )
}

/// Every finding, and the class.
pub(super) fn outcome(folder: &Path, outcome: &PolicyOutcome, width: usize) -> String {
    let mut sheet = Sheet::new(width);
    for (label, style, findings) in [
        ("denied", BAD, &outcome.denied),
        ("warning", WAITING, &outcome.warnings),
    ] {
        findings
            .iter()
            .for_each(|one| finding(&mut sheet, folder, label, style, one));
    }
    if let Some(class) = &outcome.class {
        for reason in &class.reasons {
            sheet.labelled_row(
                "class",
                &[Cell::new(&reason.class.to_string(), Style::new(), 6)],
                &reason.text,
                Style::new(),
            );
            sheet.below(8, &reason.rule, DIM);
        }
    }
    for rule in &outcome.excepted {
        sheet.field("excepted", &format!("{}.{}", rule.namespace, rule.rule), DIM);
    }
    for print in &outcome.prints {
        sheet.field("printed", print, DIM);
    }
    if outcome.omitted > 0 {
        sheet.below(
            0,
            &format!("and {}", text::count(outcome.omitted, "more finding")),
            DIM,
        );
    }
    sheet.finish()
}

fn finding(sheet: &mut Sheet, folder: &Path, label: &str, style: Style, finding: &Finding) {
    sheet.field(label, &finding.message, style);
    let place = folder.join(&finding.file).display().to_string();
    let rule = format!("{}.{}", finding.namespace, finding.rule);
    sheet.below(0, &format!("{rule}, {place}:{}", finding.line), DIM);
}

/// The last line of a check.
pub(super) fn verdict(outcome: &PolicyOutcome) -> String {
    let rules = text::count(outcome.rules, "rule");
    let state = if outcome.is_open() {
        paint(GOOD, "nothing is denied")
    } else {
        paint(BAD, "denied")
    };
    format!(
        "{state}: {rules} asked, {} denied, {}",
        outcome.denied.len(),
        text::count(outcome.warnings.len(), "warning")
    )
}

/// The tests that did not pass, each with its place.
pub(super) fn tests(folder: &Path, report: &TestReport) -> String {
    let mut written = String::new();
    for test in &report.tests {
        let (word, style, message) = match &test.status {
            TestStatus::Passed => continue,
            TestStatus::Failed { message } => ("failed", BAD, message.as_str()),
            TestStatus::Errored { message } => ("error", BAD, message.as_str()),
            TestStatus::Skipped => ("skipped", DIM, "its name begins with todo_"),
        };
        let place = format!("{}:{}", folder.join(&test.file).display(), test.line);
        let name = format!("{}.{}", test.namespace, test.name);
        let told = format!(
            "{}: {}: {}",
            escape::line(&place),
            escape::line(&name),
            escape::line(message)
        );
        written.push_str(&format!("{} {told}\n", paint(style, word)));
        for print in &test.prints {
            written.push_str(&paint(DIM, &format!("  {}\n", escape::line(print))));
        }
    }
    written
}

/// The last line of a run of tests.
pub(super) fn tally(report: &TestReport) -> String {
    let style = if report.failed() == 0 { GOOD } else { BAD };
    let passed = paint(
        style,
        &format!("{} passed, {} failed", report.passed(), report.failed()),
    );
    match report.skipped() {
        0 => passed,
        skipped => format!("{passed}, {skipped} skipped"),
    }
}
