//! What is dangerous about a plan.

use std::fmt::Write;

use anstyle::Style;
use lockkeeper_scan::finding::{Finding, Severity};

use super::Look;
use super::alike::{alike, each};
use crate::output::escape;
use crate::output::style::{BAD, BOLD, DIM, WAITING};
use crate::output::text::{pad, width};

/// `Findings: 1 high, 2 medium`.
pub(super) fn heading(findings: &[Finding]) -> String {
    let of = |severity| {
        let all = findings.iter().filter(|finding| finding.severity == severity);
        all.count()
    };
    let all = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
    ];
    let counts: Vec<String> = all
        .into_iter()
        .map(|severity| (of(severity), severity))
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| format!("{count} {severity}"))
        .collect();
    format!("Findings: {}", counts.join(", "))
}

/// Writes where each is, what is so, and what to do, the worst first.
pub(super) fn write(text: &mut String, findings: &[Finding], look: Look) -> std::fmt::Result {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n{}", look.paint(BOLD, &heading(findings)))?;
    let place = |finding: &Finding| finding.place.to_string();
    let lines = match look.full {
        true => each(findings, place),
        false => alike(findings, place, |finding| {
            (finding.severity.as_str(), &finding.rule, &finding.message)
        }),
    };
    let shown = lines.get(..look.shown).unwrap_or(&lines);
    let severities = shown.iter().filter_map(|one| one.all.first());
    let widest = severities
        .map(|finding| width(finding.severity.as_str()))
        .max()
        .unwrap_or_default();
    for one in shown {
        let Some(finding) = one.all.first() else { continue };
        let severity = look.paint(style(finding.severity), &pad(finding.severity.as_str(), widest));
        let rule = look.paint(DIM, &format!("[{}]", finding.rule));
        writeln!(text, "  {severity}  {}  {rule}", one.title)?;
        let message = escape::line(&finding.message);
        look.below(text, widest + 4, Style::new(), &message)?;
        look.marked(text, widest + 4, DIM, ("→ ", &finding.remediation))?;
    }
    look.rest(text, lines.len())
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => BAD,
        Severity::Medium => WAITING,
        Severity::Low => DIM,
    }
}
