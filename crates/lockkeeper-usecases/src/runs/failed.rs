//! Puts the end of a run on record that did not do what it was to do.

use lockkeeper_domain::change::StageEvent;
use lockkeeper_store::tables::{runs, stages, tokens};
use serde_json::Value;

use super::context::{RunContext, take_stage};
use super::execute::ClaimedJob;
use super::failure::RunFailure;
use super::lock::release_lock;
use crate::app::Chain;
use crate::changes::{Note, move_stage_if_it_can};
use crate::{App, UseCaseError};

/// What is recorded beside the failure itself.
pub(super) struct Record<'a> {
    /// What happens to the stage.
    pub(super) event: StageEvent,
    /// The action in the audit log, and its details.
    pub(super) action: &'a str,
    pub(super) details: Value,
    /// The state's serial afterwards, where the run could have written it.
    pub(super) serial: Option<i64>,
}

/// Ends the job, the stage and the run in one transaction, with the audit entry.
pub(super) async fn record(
    app: &App,
    job: ClaimedJob,
    context: &RunContext,
    failure: &RunFailure,
    record: Record<'_>,
) -> Result<(), UseCaseError> {
    let (change, environment, now) = (*context.change.id, *context.stage.environment_id, app.now());
    let mut transaction = app.database.write().await?;
    job.finish(&mut transaction).await?;
    let stage = take_stage(app, &mut transaction, context).await?;
    // The tool has ended; a state that it could not store must be pushed before anybody else writes.
    if !failure.keep_folder {
        release_lock(app, &mut transaction, context).await?;
    }
    let note = Note::new(&failure.message, &failure.next_step);
    move_stage_if_it_can(&mut transaction, &stage, record.event, note, now).await?;
    if record.event == StageEvent::ApplyFailed {
        stages::set_applied(&mut transaction, change, environment, now).await?;
    }
    let (message, next) = (Some(failure.message.as_str()), Some(failure.next_step.as_str()));
    let (status, exit_code, serial) = (failure.status, failure.exit_code, record.serial);
    runs::finish(
        &mut transaction,
        context.id(),
        status,
        now,
        exit_code,
        serial,
        message,
        next,
    )
    .await?;
    tokens::delete_of_run(&mut transaction, context.id()).await?;
    let (chain, key) = (Chain::Project(*context.project.id), context.key());
    app.record(
        &mut transaction,
        chain,
        "system",
        record.action,
        &key,
        record.details,
    )
    .await?;
    Ok(transaction.commit().await?)
}
