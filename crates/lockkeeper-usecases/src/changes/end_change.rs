use lockkeeper_domain::change::{ChangeStatus, StageEvent, StageStatus};
use lockkeeper_domain::id::RunId;
use lockkeeper_domain::name::{ChangeKey, Name};
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::run::RunStatus;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::changes::ChangeRow;
use lockkeeper_store::tables::stages::StageRow;
use lockkeeper_store::tables::{changes, jobs, runs, stages};
use serde_json::json;

use super::{ChangeRecord, Note, move_stage, show_change, take_change};
use crate::app::Chain;
use crate::{Access, App, Caller, UseCaseError};

/// How a change ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It is done everywhere, and the record is complete.
    Close,
    /// It is given up.
    Cancel,
}

/// Ends a change.
///
/// # Errors
/// A conflict when it is not done and is to be closed, when a run is at work and it is to be
/// cancelled, or when it has ended already.
pub async fn end_change(
    app: &App,
    caller: &Caller,
    project: &Name,
    key: &ChangeKey,
    ending: Ending,
    comment: &str,
) -> Result<ChangeRecord, UseCaseError> {
    super::propose::check_texts("comment", &[comment])?;
    let mut transaction = app.database.write().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Propose).await?;
    let change = take_change(app, &mut transaction, *access.project.id, key).await?;
    let own = *change.requester_id == caller.user();
    let stages = stages::of_change(&mut transaction, *change.id).await?;
    let operates = |stage: &StageRow| access.grants.allow_in(Permission::Apply, &stage.environment_name);
    if !own && !stages.iter().all(operates) {
        return Err(UseCaseError::forbidden(format!(
            "{key} is not yours: its requester or an operator of all its environments may end it"
        )));
    }
    if change.status.is_final() {
        return Err(UseCaseError::conflict(format!(
            "{key} {} already",
            change.status.in_words()
        )));
    }
    let mut stopped = Vec::new();
    let (status, action) = match ending {
        Ending::Close => {
            require_done(&change, &stages, key)?;
            (ChangeStatus::Closed, "change.close")
        }
        Ending::Cancel => {
            if *change.status == ChangeStatus::Verified {
                let hint = format!(
                    "close it with `lockkeeper change close {key}`, or undo it with `lockkeeper change rollback {key}`"
                );
                return Err(
                    UseCaseError::conflict(format!("{key} is applied and verified everywhere")).hint(hint),
                );
            }
            for stage in &stages {
                stopped.extend(withdraw(app, &mut transaction, stage, key).await?);
            }
            (ChangeStatus::Cancelled, "change.cancel")
        }
    };
    changes::set_status(&mut transaction, *change.id, status).await?;
    let (chain, actor) = (Chain::Project(*access.project.id), caller.name().as_str());
    app.record(
        &mut transaction,
        chain,
        actor,
        action,
        &key.to_string(),
        json!({"comment": comment}),
    )
    .await?;
    transaction.commit().await?;
    for run in stopped {
        app.signals.cancel_run(run);
    }
    show_change(app, caller, project, key).await
}

fn require_done(change: &ChangeRow, stages: &[StageRow], key: &ChangeKey) -> Result<(), UseCaseError> {
    if *change.status == ChangeStatus::Verified {
        return Ok(());
    }
    let open: Vec<String> = stages
        .iter()
        .filter(|stage| *stage.status != StageStatus::Verified)
        .map(|stage| format!("it {} in {}", stage.status.in_words(), *stage.environment_name))
        .collect();
    Err(
        UseCaseError::conflict(format!("{key} is not done: {}", open.join(", "))).hint(format!(
            "apply it there, or give it up with `lockkeeper change cancel {key}`"
        )),
    )
}

/// Takes back what is queued; refuses while something is being applied. Answers a run that is at work and is to
/// be told to stop.
async fn withdraw(
    app: &App,
    transaction: &mut Transaction,
    stage: &StageRow,
    key: &ChangeKey,
) -> Result<Option<RunId>, UseCaseError> {
    let environment = &*stage.environment_name;
    if matches!(*stage.status, StageStatus::Applying | StageStatus::Verifying) {
        return Err(
            UseCaseError::conflict(format!("{key} is being applied in {environment}"))
                .hint("stop the run first: `lockkeeper run cancel`, or wait for its end"),
        );
    }
    let Some(run) = stage.run_id.filter(|_| stage.status.is_busy()) else {
        return Ok(None);
    };
    let now = app.now();
    let mut stopped = None;
    if jobs::withdraw(transaction, *run).await? > 0 {
        runs::finish(
            transaction,
            *run,
            RunStatus::Cancelled,
            now,
            None,
            None,
            Some("the change was cancelled"),
            None,
        )
        .await?;
        if *stage.status == StageStatus::Planning {
            let note = Note {
                message: Some("the change was cancelled"),
                next_step: None,
            };
            move_stage(transaction, stage, StageEvent::PlanFailed, note, now).await?;
        }
    } else {
        runs::request_cancel(transaction, *run).await?;
        stopped = Some(*run);
    }
    if *stage.status == StageStatus::Scheduled {
        move_stage(
            transaction,
            stage,
            StageEvent::ApplyWithdrawn,
            Note::default(),
            now,
        )
        .await?;
    }
    Ok(stopped)
}
