//! The cost and the findings as text, below the plan.

use std::fmt::Write;

use lockkeeper_cost::{ResourceCost, Scope};
use lockkeeper_scan::finding::Severity;

use super::report::Report;
use crate::output::escape;
use crate::output::text::hanging;

/// How much of each list is shown, which option shows the rest, and how long lines may be.
#[derive(Clone, Copy)]
struct Fold {
    shown: usize,
    hint: &'static str,
    width: usize,
}

impl Fold {
    /// Entries of each list that are shown without `--full`.
    const SHOWN: usize = 20;

    fn in_terminal(full: bool, width: usize) -> Self {
        Self {
            shown: if full { usize::MAX } else { Self::SHOWN },
            hint: "--full or --json shows them",
            width,
        }
    }

    /// A comment has room for the plan first: `--full` is about that.
    fn in_markdown() -> Self {
        Self {
            shown: Self::SHOWN / 2,
            hint: "lockkeeper plan inspect --json lists them",
            width: usize::MAX,
        }
    }

    /// The line about what is left out.
    fn rest(self, text: &mut String, all: usize) -> std::fmt::Result {
        match all.checked_sub(self.shown) {
            None | Some(0) => Ok(()),
            Some(rest) => writeln!(text, "    ... and {rest} more; {}", self.hint),
        }
    }
}

/// For a terminal.
pub(super) fn terminal(report: &Report, full: bool, width: usize) -> String {
    let mut text = String::new();
    let fold = Fold::in_terminal(full, width);
    cost(&mut text, report, fold)
        .and_then(|()| findings(&mut text, report, fold))
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
    cost(&mut lines, report, Fold::in_markdown()).ok();
    if !lines.is_empty() {
        folded(
            &mut text,
            &format!("Cost: {}", report.cost.delta()),
            lines.trim_start(),
        )
        .ok();
    }
    let mut lines = String::new();
    findings(&mut lines, report, Fold::in_markdown()).ok();
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

fn cost(text: &mut String, report: &Report, fold: Fold) -> std::fmt::Result {
    let cost = &report.cost;
    if cost.by_resource.is_empty() && cost.unpriced.is_empty() {
        return Ok(());
    }
    let note = match (cost.by_resource.is_empty(), cost.scope) {
        (true, _) => "nothing in it has a price",
        (false, Scope::Altered) => "an estimate from list prices",
        (false, Scope::Everything) => "as Infracost estimates it",
    };
    writeln!(text, "\nCost: {} ({note})", cost.delta())?;
    for ResourceCost {
        address,
        delta,
        usage,
        ..
    } in cost.by_resource.iter().take(fold.shown)
    {
        let usage = usage
            .as_ref()
            .map(|usage| format!("(and by usage: {usage})"))
            .unwrap_or_default();
        let priced = format!("  {}  {}", cost.change(*delta), escape::line(address));
        writeln!(text, "{}", hanging(&priced, &usage, 6, fold.width))?;
    }
    fold.rest(text, cost.by_resource.len())?;
    if !cost.unpriced.is_empty() {
        writeln!(text, "  Not priced, and not counted as zero:")?;
    }
    for unpriced in cost.unpriced.iter().take(fold.shown) {
        let part = unpriced
            .component
            .as_ref()
            .map(|part| format!(", {part}"))
            .unwrap_or_default();
        let what = format!("    {}{part}:", escape::line(&unpriced.address));
        let why = escape::line(&unpriced.why);
        writeln!(text, "{}", hanging(&what, &why, 6, fold.width))?;
    }
    fold.rest(text, cost.unpriced.len())
}

fn findings(text: &mut String, report: &Report, fold: Fold) -> std::fmt::Result {
    if report.findings.is_empty() {
        return Ok(());
    }
    writeln!(text, "\nFindings: {}", counted(report))?;
    for finding in report.findings.iter().take(fold.shown) {
        let place = finding.place.to_string();
        let place = format!("  {:8}  {}:", finding.severity, escape::line(&place));
        let said = format!("{} [{}]", escape::line(&finding.message), finding.rule);
        writeln!(text, "{}", hanging(&place, &said, 12, fold.width))?;
        writeln!(
            text,
            "{}",
            hanging("           ", &finding.remediation, 12, fold.width)
        )?;
    }
    fold.rest(text, report.findings.len())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_counted() {
        let rest = |fold: Fold, all: usize| {
            let mut text = String::new();
            fold.rest(&mut text, all).unwrap();
            text
        };
        assert_eq!(rest(Fold::in_terminal(false, 80), 20), "");
        assert_eq!(
            rest(Fold::in_terminal(false, 80), 5_000),
            "    ... and 4980 more; --full or --json shows them\n"
        );
        assert_eq!(rest(Fold::in_terminal(true, 80), 5_000), "");
        assert!(rest(Fold::in_markdown(), 11).contains("1 more; lockkeeper plan inspect --json"));
    }
}
