//! What to do next with a change.

use lockkeeper_api::types::change::{ChangeStatus, ChangeView, StageStatus, StageView};

use crate::output::layout::Sheet;
use crate::output::style::COMMAND;
use crate::output::words;

/// One line at the end: the command that carries the change further, if there is one.
pub(crate) fn section(sheet: &mut Sheet, change: &ChangeView) {
    if let Some(step) = next_step(change, |_| None) {
        sheet.gap();
        sheet.field("next", &step, COMMAND);
    }
}

/// The same where the environments do not say what to do next.
pub(crate) fn section_alone(sheet: &mut Sheet, change: &ChangeView) {
    let told = |stage: &StageView| Some(format!("{}: {}", stage.environment, stage.next_step.as_deref()?));
    if let Some(step) = next_step(change, told) {
        sheet.gap();
        sheet.field("next", &step, COMMAND);
    }
}

/// `told`: what to answer for an environment for which the server knows what to do next.
fn next_step(change: &ChangeView, told: impl Fn(&StageView) -> Option<String>) -> Option<String> {
    let key = &change.key;
    match change.status {
        ChangeStatus::Verified => return Some(format!("lockkeeper change close {key}")),
        ChangeStatus::Closed | ChangeStatus::Cancelled | ChangeStatus::RolledBack => return None,
        ChangeStatus::Open => {}
    }
    let stage = change
        .stages
        .iter()
        .find(|stage| stage.status != StageStatus::Verified)?;
    if stage.next_step.is_some() {
        // The server knows better.
        return told(stage);
    }
    let environment = &stage.environment;
    Some(match stage.status {
        StageStatus::Planning => format!("wait for the plan, then: lockkeeper change show {key}"),
        StageStatus::PlanFailed => format!("mend it, then: lockkeeper change plan {key}"),
        StageStatus::Planned => match first_shut(stage) {
            None => format!("lockkeeper change apply {key} --environment {environment} --follow"),
            Some(to_open) => format!("in {environment}, {to_open}"),
        },
        StageStatus::Scheduled if stage.scheduled_at.is_some() => scheduled(stage),
        StageStatus::Scheduled | StageStatus::Applying | StageStatus::Verifying => {
            let run = stage.run.as_ref()?;
            format!("lockkeeper run logs {run} --follow")
        }
        StageStatus::ApplyFailed | StageStatus::Interrupted => {
            format!(
                "look at what happened: lockkeeper run logs {}",
                stage.run.as_ref()?
            )
        }
        StageStatus::VerificationFailed => {
            format!("lockkeeper change rollback {key} --environment {environment}")
        }
        StageStatus::Verified | StageStatus::RolledBack => return None,
    })
}

/// It may be hours away: there is nothing to follow yet.
fn scheduled(stage: &StageView) -> String {
    let time = stage.scheduled_at.as_deref().map(words::time).unwrap_or_default();
    let run = stage.run.as_deref().unwrap_or("RUN");
    format!(
        "wait: it starts by itself in {} at {time}, if its gates are open then; to unschedule it: lockkeeper run \
         cancel {run}",
        stage.environment
    )
}

fn first_shut(stage: &StageView) -> Option<&str> {
    let shut = stage.gates.iter().find(|gate| !gate.open)?;
    Some(shut.to_open.as_deref().unwrap_or(&shut.reason))
}
