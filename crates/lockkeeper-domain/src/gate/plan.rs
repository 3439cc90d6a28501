//! There is a plan, and it is still what applying it would do: a stale plan never runs.

use jiff::{SignedDuration, Timestamp};

use super::{CurrentPlan, Gate, GateInput, GateKind, PlanStanding, StateRevision, commands};
use crate::window::spoken;

pub(super) fn gate(input: &GateInput) -> Gate {
    let environment = &input.environment;
    let ask = format!("ask for a plan with {}", commands::plan(input));
    match &input.plan {
        PlanStanding::Absent => Gate::shut(
            GateKind::Plan,
            format!("There is no plan for {environment} yet."),
            ask,
        ),
        PlanStanding::Running => Gate::shut(
            GateKind::Plan,
            format!("The plan for {environment} is being made."),
            format!("wait for it; {} shows how far it is", commands::show(input)),
        ),
        PlanStanding::Failed { why } => Gate::shut(
            GateKind::Plan,
            format!(
                "The plan for {environment} failed: {}.",
                why.trim_end_matches('.')
            ),
            format!("mend what it names, then {ask}"),
        ),
        PlanStanding::Made(plan) => match staleness(plan, input.now) {
            Some(why) => Gate::shut(
                GateKind::Plan,
                format!("The plan for {environment} is stale: {why}."),
                format!("{ask}; approvals stay when its effects are the same"),
            ),
            None => Gate::open(
                GateKind::Plan,
                format!("The plan for {environment} is up to date with the commit and the state."),
            ),
        },
    }
}

/// What the plan was made from and is no longer so; `None` when it may be applied.
fn staleness(plan: &CurrentPlan, now: Timestamp) -> Option<String> {
    if plan.commit != plan.current_commit {
        let (old, new) = (short(&plan.commit), short(&plan.current_commit));
        return Some(format!(
            "it was made from commit {old}, and the change now stands for {new}"
        ));
    }
    if plan.state != plan.current_state {
        return Some(state_difference(plan.state.as_ref(), plan.current_state.as_ref()));
    }
    let expires_at = SignedDuration::try_from(plan.expiry)
        .ok()
        .and_then(|expiry| plan.made_at.checked_add(expiry).ok())
        .unwrap_or(Timestamp::MAX);
    (now >= expires_at).then(|| {
        format!(
            "it could be applied until {}",
            spoken(expires_at, &jiff::tz::TimeZone::UTC)
        )
    })
}

fn state_difference(before: Option<&StateRevision>, now: Option<&StateRevision>) -> String {
    match (before, now) {
        (Some(before), Some(now)) if before.lineage == now.lineage => format!(
            "it was made from serial {} of the state, which is now at serial {}",
            before.serial, now.serial
        ),
        (Some(_), Some(_)) => "the state was replaced by one of another lineage after it was made".to_owned(),
        (None, _) => "there was no state when it was made, and there is one now".to_owned(),
        (_, None) => "the state that it was made from is gone".to_owned(),
    }
}

fn short(commit: &str) -> String {
    commit.chars().take(8).collect()
}
