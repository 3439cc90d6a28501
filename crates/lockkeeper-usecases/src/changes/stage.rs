//! Moving a change in one of its environments: the domain decides whether it may.

use jiff::Timestamp;
use lockkeeper_domain::change::{ChangeStatus, StageEvent, StageStatus};
use lockkeeper_domain::id::ChangeId;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::changes::{self, ChangeRow};
use lockkeeper_store::tables::stages::{self, StageRow};

use crate::UseCaseError;

/// What is told about a stage beside its status.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Note<'a> {
    /// What went wrong, or what it waits for.
    pub(crate) message: Option<&'a str>,
    /// What to do next.
    pub(crate) next_step: Option<&'a str>,
}

impl<'a> Note<'a> {
    pub(crate) fn new(message: &'a str, next_step: &'a str) -> Self {
        Self {
            message: Some(message),
            next_step: Some(next_step),
        }
    }
}

/// Moves the stage, and the change with it.
///
/// # Errors
/// A conflict when the stage cannot move so.
pub(crate) async fn move_stage(
    transaction: &mut Transaction,
    stage: &StageRow,
    event: StageEvent,
    note: Note<'_>,
    now: Timestamp,
) -> Result<StageStatus, UseCaseError> {
    let status = stage.status.after(event).map_err(|refused| {
        let environment = &*stage.environment_name;
        UseCaseError::conflict(format!("{environment}: {refused}"))
            .hint("`lockkeeper change show` tells how far it is, and what is next")
    })?;
    let (change, environment) = (*stage.change_id, *stage.environment_id);
    changes::take(transaction, change, now).await?;
    stages::set_status(
        transaction,
        change,
        environment,
        status,
        note.message,
        note.next_step,
    )
    .await?;
    refresh_status(transaction, change).await?;
    Ok(status)
}

/// Moves the stage at the end of a run, unless somebody moved it away meanwhile, as who cancels a change
/// does: the end of the run must be put on record all the same, or its state stays taken for ever.
pub(crate) async fn move_stage_if_it_can(
    transaction: &mut Transaction,
    stage: &StageRow,
    event: StageEvent,
    note: Note<'_>,
    now: Timestamp,
) -> Result<bool, UseCaseError> {
    if let Err(refused) = stage.status.after(event) {
        tracing::info!(%refused, "a stage was moved while its run was at work");
        return Ok(false);
    }
    move_stage(transaction, stage, event, note, now).await?;
    Ok(true)
}

/// Sets the status of a change to what follows from its stages.
pub(crate) async fn refresh_status(
    transaction: &mut Transaction,
    change: ChangeId,
) -> Result<ChangeStatus, UseCaseError> {
    let row: Option<ChangeRow> = changes::by_id(transaction, change).await?;
    let row = row.ok_or_else(|| UseCaseError::internal("the change is gone"))?;
    let stages: Vec<StageStatus> = stages::of_change(transaction, change)
        .await?
        .iter()
        .map(|s| *s.status)
        .collect();
    let status = row.status.of_stages(&stages);
    if status != *row.status {
        changes::set_status(transaction, change, status).await?;
    }
    Ok(status)
}
