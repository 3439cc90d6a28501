//! Enough people of the right functions approved, and the board where it must.

use std::collections::BTreeSet;

use super::{Gate, GateInput, GateKind, PlanStanding, commands};
use crate::approval::Approval;
use crate::policy::Requirements;
use crate::risk::{Assessment, RiskClass};
use crate::role::Function;

/// Who has approved the current plan, and who is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalTally<'a> {
    /// The approvals that count, the board's left out.
    pub counted: Vec<&'a Approval>,
    /// How many more people must approve.
    pub people_missing: usize,
    /// The functions that nobody has approved in, and must.
    pub functions_missing: BTreeSet<Function>,
}

impl<'a> ApprovalTally<'a> {
    /// Counts the approvals of the current plan. Without a plan none counts.
    pub fn of(input: &'a GateInput) -> Self {
        let counted: Vec<&Approval> = standing(input)
            .filter(|approval| !approval.is_of_the_board())
            .collect();
        let people: BTreeSet<_> = counted.iter().map(|approval| approval.user).collect();
        let covered: BTreeSet<_> = counted
            .iter()
            .filter_map(|approval| approval.function.as_ref())
            .collect();
        let mut functions_missing = required_functions(&input.requirements, input.class, &input.assessment);
        functions_missing.retain(|function| !covered.contains(function));
        let people_missing = usize::from(input.requirements.approvals).saturating_sub(people.len());
        Self {
            counted,
            people_missing,
            functions_missing,
        }
    }

    /// Whether nothing is missing.
    pub fn is_complete(&self) -> bool {
        self.people_missing == 0 && self.functions_missing.is_empty()
    }
}

/// The functions in which a change must be approved: those that the reasons for its computed class
/// call for, and devops-lead for every high one, a declared one included.
fn required_functions(
    requirements: &Requirements,
    class: RiskClass,
    assessment: &Assessment,
) -> BTreeSet<Function> {
    if !requirements.functions_from_reasons {
        return BTreeSet::new();
    }
    let mut functions = assessment.functions(assessment.class);
    if class == RiskClass::High {
        functions.insert(Function::devops_lead());
    }
    functions.remove(&Function::change_advisory_board());
    functions
}

/// The approvals that stand for the current plan and that the policy lets count.
fn standing(input: &GateInput) -> impl Iterator<Item = &Approval> {
    for_the_plan(input).filter(|approval| approval.voided.is_none())
}

/// Those, and the ones that were voided.
fn for_the_plan(input: &GateInput) -> impl Iterator<Item = &Approval> {
    let plan = match &input.plan {
        PlanStanding::Made(plan) => Some(plan),
        _ => None,
    };
    input.approvals.iter().filter(move |approval| {
        let is_for_it = plan.is_some_and(|plan| {
            approval.was_given_for(&input.environment, &plan.digest, &plan.effects_digest)
        });
        is_for_it && (input.requirements.self_approval || approval.user != input.requester)
    })
}

pub(super) fn gate(input: &GateInput) -> Gate {
    let tally = ApprovalTally::of(input);
    if tally.is_complete() {
        return Gate::open(GateKind::Approvals, who_approved(&tally.counted));
    }
    Gate::shut(
        GateKind::Approvals,
        what_is_missing(input, &tally),
        how_to_approve(input, &tally),
    )
}

/// The board's gate, where the policy asks for its decision.
pub(super) fn board_gate(input: &GateInput) -> Option<Gate> {
    if !input.requirements.board {
        return None;
    }
    let kind = GateKind::Board;
    let gate = match standing(input).find(|approval| approval.is_of_the_board()) {
        Some(approval) => Gate::open(
            kind,
            format!(
                "{} approved it for the change advisory board.",
                approval.user_name
            ),
        ),
        None => Gate::shut(
            kind,
            no_decision(input),
            format!(
                "bring it before the board; its member: {}",
                commands::approve_as(input, &Function::change_advisory_board())
            ),
        ),
    };
    Some(gate)
}

fn no_decision(input: &GateInput) -> String {
    let mut text = format!(
        "A {} change in {} needs a decision of the change advisory board, and there is none for this plan",
        input.class, input.environment
    );
    let lost = for_the_plan(input).filter(|approval| approval.is_of_the_board());
    for why in lost.filter_map(counts_no_more) {
        text.push_str(&format!("; {why}"));
    }
    text.push('.');
    text
}

fn who_approved(counted: &[&Approval]) -> String {
    if counted.is_empty() {
        return "No approval is needed.".to_owned();
    }
    let names: BTreeSet<String> = counted
        .iter()
        .map(|approval| match &approval.function {
            Some(function) => format!("{} ({function})", approval.user_name),
            None => approval.user_name.to_string(),
        })
        .collect();
    format!("Approved by {}.", listed(names))
}

fn what_is_missing(input: &GateInput, tally: &ApprovalTally<'_>) -> String {
    let needed = input.requirements.approvals;
    let by = match (input.requirements.self_approval, needed) {
        (true, 0 | 1) => "",
        (true, _) => " by different people",
        (false, 0 | 1) => " by somebody other than its requester",
        (false, _) => " by different people other than its requester",
    };
    let plural = if needed == 1 { "approval" } else { "approvals" };
    let what = if input.direction.is_rollback() {
        "rollback".to_owned()
    } else {
        format!("{} change", input.class)
    };
    let has = usize::from(needed).saturating_sub(tally.people_missing);
    let mut text = format!(
        "A {what} in {} needs {needed} {plural}{by}, and has {has}",
        input.environment
    );
    if !tally.functions_missing.is_empty() {
        text.push_str(&format!("; missing: {}", listed(&tally.functions_missing)));
    }
    for why in voided(input) {
        text.push_str(&format!("; {why}"));
    }
    text.push('.');
    text
}

/// Why approvals of this very plan no longer count; else why the last one that was voided does not: people ask.
fn voided(input: &GateInput) -> Vec<String> {
    let of_this_plan: Vec<&Approval> = for_the_plan(input)
        .filter(|approval| approval.voided.is_some() && !approval.is_of_the_board())
        .collect();
    if !of_this_plan.is_empty() {
        return of_this_plan.into_iter().filter_map(counts_no_more).collect();
    }
    let in_environment = input
        .approvals
        .iter()
        .filter(|approval| approval.environment == input.environment);
    in_environment
        .filter(|approval| approval.voided.is_some())
        .max_by_key(|approval| approval.voided.as_ref().and_then(|voided| voided.at))
        .and_then(counts_no_more)
        .into_iter()
        .collect()
}

fn counts_no_more(approval: &Approval) -> Option<String> {
    let voided = approval.voided.as_ref()?;
    Some(format!(
        "the approval by {} no longer counts ({})",
        approval.user_name,
        voided.why.trim_end_matches('.')
    ))
}

fn how_to_approve(input: &GateInput, tally: &ApprovalTally<'_>) -> String {
    let mut steps: Vec<String> = tally
        .functions_missing
        .iter()
        .map(|function| format!("{function}: {}", commands::approve_as(input, function)))
        .collect();
    let others = tally.people_missing.saturating_sub(steps.len());
    if others > 0 {
        let who = match others {
            1 if !steps.is_empty() => "another reviewer".to_owned(),
            1 if input.requirements.self_approval => "its requester or a reviewer".to_owned(),
            1 => "a reviewer".to_owned(),
            count => format!("{count} reviewers"),
        };
        steps.push(format!("{who}: {}", commands::approve(input)));
    }
    steps.join("; ")
}

fn listed(names: impl IntoIterator<Item = impl ToString>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
