//! Checks, computed or ticked, and the written way back.

use std::collections::BTreeSet;

use super::{Gate, GateInput, GateKind, commands};
use crate::check::{CheckName, CheckResult};
use crate::window::spoken;

/// How many findings a reason quotes.
const QUOTED_FINDINGS: usize = 3;

/// One gate for each check that is required. The rollback has a gate of its own.
pub(super) fn gates(input: &GateInput) -> Vec<Gate> {
    let required: &BTreeSet<CheckName> = &input.requirements.checks;
    required
        .iter()
        .filter(|name| **name != CheckName::Rollback)
        .map(|name| gate(input, *name))
        .collect()
}

/// The gate of the written way back, where the policy asks for it.
pub(super) fn rollback_gate(input: &GateInput) -> Option<Gate> {
    let required = input.requirements.rollback || input.requirements.checks.contains(&CheckName::Rollback);
    let written = input
        .rollback
        .as_ref()
        .is_some_and(|text| !text.trim().is_empty());
    match (required, written) {
        (false, _) => None,
        (true, true) => Some(Gate::open(GateKind::Rollback, "The rollback is written down.")),
        (true, false) => Some(Gate::shut(
            GateKind::Rollback,
            format!(
                "A {} change in {} needs a written rollback.",
                input.class, input.environment
            ),
            format!(
                "write it with {}, or for every change of the stack as `rollback` in `.lockkeeper/project.toml`",
                commands::write_rollback(input)
            ),
        )),
    }
}

fn gate(input: &GateInput, name: CheckName) -> Gate {
    if name.is_ticked_by_people() {
        ticked(input, name)
    } else {
        computed(input, name)
    }
}

fn ticked(input: &GateInput, name: CheckName) -> Gate {
    let kind = GateKind::Check(name);
    let what = meaning(name);
    match input.ticks.iter().rev().find(|tick| tick.check == name) {
        Some(tick) => {
            let at = spoken(tick.at, &jiff::tz::TimeZone::UTC);
            Gate::open(kind, format!("{} ticked on {at} that {what}.", tick.user_name))
        }
        None => Gate::shut(
            kind,
            format!("Nobody has ticked that {what}."),
            format!("see to it, then tick it with {}", commands::tick(input, name)),
        ),
    }
}

fn computed(input: &GateInput, name: CheckName) -> Gate {
    let kind = GateKind::Check(name);
    match input.checks.iter().rev().find(|check| check.name == name) {
        None => Gate::shut(
            kind,
            format!("The check {name} has not run."),
            format!("ask for a plan, which runs it, with {}", commands::plan(input)),
        ),
        Some(check) if check.passed => Gate::open(kind, format!("It was checked that {}.", meaning(name))),
        Some(check) => Gate::shut(
            kind,
            format!("The check {name} failed{}.", quoted(check)),
            format!(
                "{}, commit, and propose the new commit with {}",
                remedy(name),
                commands::propose()
            ),
        ),
    }
}

/// What a passed check says, to follow `that`.
fn meaning(name: CheckName) -> &'static str {
    match name {
        CheckName::Fmt => "the configuration is formatted",
        CheckName::Validate => "the configuration is valid",
        CheckName::Secrets => "no secret stands in the commit",
        CheckName::StaticAnalysis => "nothing in the plan is set dangerously",
        CheckName::Policies => "no policy denies the plan",
        CheckName::Budget => "the budget bears the plan",
        CheckName::Rollback => "the rollback is written down",
        CheckName::OnCallNotified => "the people on call know of the change",
        CheckName::CommunicationSent => "those concerned were told of the change",
    }
}

fn remedy(name: CheckName) -> &'static str {
    match name {
        CheckName::Fmt => "run `terraform fmt -recursive`",
        CheckName::Secrets => {
            "take the secret out, replace it where it is used (it is in the history now), or allow the file under `[secrets]` in `.lockkeeper/project.toml`"
        }
        CheckName::StaticAnalysis => {
            "mend what it names, or allow it with a reason in `.lockkeeper/allowed-findings.toml` on the default branch"
        }
        CheckName::Policies => {
            "make the plan fit the policies, or have them changed in `.lockkeeper/policies/` on the default branch"
        }
        CheckName::Budget => {
            "make the plan cheaper, or have the budget raised in `.lockkeeper/project.toml` on the default branch"
        }
        _ => "mend what it names",
    }
}

fn quoted(check: &CheckResult) -> String {
    if check.findings.is_empty() {
        return String::new();
    }
    let shown: Vec<&str> = check
        .findings
        .iter()
        .take(QUOTED_FINDINGS)
        .map(|text| text.trim_end_matches('.'))
        .collect();
    let rest = check.findings.len().saturating_sub(shown.len());
    let more = if rest > 0 {
        format!("; and {rest} more")
    } else {
        String::new()
    };
    format!(": {}{more}", shown.join("; "))
}
