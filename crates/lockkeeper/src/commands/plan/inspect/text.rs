//! The cost and the findings as text, below the plan.

use std::fmt::Write;

use lockkeeper_cost::ResourceCost;
use lockkeeper_scan::finding::Severity;

use super::report::Report;
use crate::output::escape;

/// Lines of each list that are shown without `--full`.
const SHOWN: usize = 10;

/// For a terminal.
pub(super) fn terminal(report: &Report, full: bool) -> String {
    let mut text = String::new();
    let shown = if full { usize::MAX } else { SHOWN };
    cost(&mut text, report, shown)
        .and_then(|()| findings(&mut text, report, shown))
        .ok();
    text
}

/// For a comment on a pull request: folded, because the plan comes first.
pub(super) fn markdown(report: &Report) -> String {
    let mut text = String::new();
    let folded = |text: &mut String, title: &str, lines: &str| {
        write!(
            text,
            "\n<details><summary>{title}</summary>\n\n```text\n{}```\n\n</details>\n",
            lines.replace("```", "'''")
        )
    };
    let mut lines = String::new();
    cost(&mut lines, report, SHOWN).ok();
    if !lines.is_empty() {
        folded(
            &mut text,
            &format!("Cost: {}", report.cost.delta()),
            lines.trim_start(),
        )
        .ok();
    }
    let mut lines = String::new();
    findings(&mut lines, report, SHOWN).ok();
    if !lines.is_empty() {
        folded(
            &mut text,
            &format!("Findings: {}", counted(report)),
            lines.trim_start(),
        )
        .ok();
    }
    text
}

fn cost(text: &mut String, report: &Report, shown: usize) -> std::fmt::Result {
    let cost = &report.cost;
    if cost.by_resource.is_empty() && cost.unpriced.is_empty() {
        return Ok(());
    }
    let note = if cost.by_resource.is_empty() {
        "nothing in it has a price"
    } else {
        "an estimate from list prices"
    };
    writeln!(text, "\nCost: {} ({note})", cost.delta())?;
    for ResourceCost {
        address,
        delta,
        usage,
        ..
    } in cost.by_resource.iter().take(shown)
    {
        let usage = usage
            .as_ref()
            .map(|usage| format!(" (and by usage: {usage})"))
            .unwrap_or_default();
        writeln!(
            text,
            "  {}  {}{usage}",
            cost.change(*delta),
            escape::line(address)
        )?;
    }
    more(text, cost.by_resource.len(), shown)?;
    if !cost.unpriced.is_empty() {
        writeln!(text, "  Not priced, and not counted as zero:")?;
    }
    for unpriced in cost.unpriced.iter().take(shown) {
        let part = unpriced
            .component
            .as_ref()
            .map(|part| format!(", {part}"))
            .unwrap_or_default();
        writeln!(
            text,
            "    {}{part}: {}",
            escape::line(&unpriced.address),
            escape::line(&unpriced.why)
        )?;
    }
    more(text, cost.unpriced.len(), shown)
}

fn findings(text: &mut String, report: &Report, shown: usize) -> std::fmt::Result {
    if report.findings.is_empty() {
        return Ok(());
    }
    writeln!(text, "\nFindings: {}", counted(report))?;
    for finding in report.findings.iter().take(shown) {
        let place = finding.place.to_string();
        writeln!(
            text,
            "  {:8}  {}: {} [{}]",
            finding.severity,
            escape::line(&place),
            escape::line(&finding.message),
            finding.rule
        )?;
        writeln!(text, "            {}", finding.remediation)?;
    }
    more(text, report.findings.len(), shown)
}

fn counted(report: &Report) -> String {
    let of = |severity| {
        report
            .findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let all = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
    ];
    let counts = all
        .into_iter()
        .map(|severity| (of(severity), severity))
        .filter(|(count, _)| *count > 0);
    counts
        .map(|(count, severity)| format!("{count} {severity}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn more(text: &mut String, all: usize, shown: usize) -> std::fmt::Result {
    if all > shown {
        writeln!(text, "    ... and {} more; --full shows them", all - shown)?;
    }
    Ok(())
}
