//! What a run is about.

use lockkeeper_domain::id::{RunId, StateId};
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::changes::ChangeRow;
use lockkeeper_store::tables::projects::ProjectRow;
use lockkeeper_store::tables::runs::RunRow;
use lockkeeper_store::tables::stages::StageRow;
use lockkeeper_store::tables::{changes, projects, runs};

use crate::changes::{stage_in, take_state};
use crate::{App, UseCaseError};

/// A run with all that it is about.
#[derive(Debug, Clone)]
pub(super) struct RunContext {
    pub(super) run: RunRow,
    pub(super) project: ProjectRow,
    pub(super) change: ChangeRow,
    pub(super) stage: StageRow,
    pub(super) state: StateId,
}

impl RunContext {
    /// Loads the run, in a transaction that may write: a state that is not there yet is made.
    pub(super) async fn load(transaction: &mut Transaction, run: RunId) -> Result<Self, UseCaseError> {
        let gone = || UseCaseError::internal("what a run is about is gone");
        let run = runs::by_id(transaction, run).await?.ok_or_else(gone)?;
        let project = projects::by_id(transaction, *run.project_id)
            .await?
            .ok_or_else(gone)?;
        let change = changes::by_id(transaction, *run.change_id)
            .await?
            .ok_or_else(gone)?;
        let stage = stage_in(transaction, &change, *run.environment_id).await?;
        let state = take_state(transaction, *project.id, *run.environment_id, &change.stack).await?;
        Ok(Self {
            run,
            project,
            change,
            stage,
            state,
        })
    }

    /// The run.
    pub(super) fn id(&self) -> RunId {
        *self.run.id
    }

    /// The readable key of the change.
    pub(super) fn key(&self) -> String {
        crate::changes::key(&self.change).to_string()
    }

    /// The environment, the stack and the change, for messages: `INFRA-1 in staging`.
    pub(super) fn place(&self) -> String {
        format!("{} in {}", self.key(), *self.stage.environment_name)
    }
}

/// Takes the change, and answers the stage of the run as it is now: what is decided on it cannot change until
/// the commit. Changes are taken before anything else of theirs is altered, so that no two wait for each other.
pub(super) async fn take_stage(
    app: &App,
    transaction: &mut Transaction,
    context: &RunContext,
) -> Result<StageRow, UseCaseError> {
    changes::take(transaction, *context.change.id, app.now()).await?;
    stage_in(transaction, &context.change, *context.stage.environment_id).await
}

/// Takes the run, until the end of the transaction.
///
/// # Errors
/// A conflict when its end is on record: another server took this one for dead.
pub(super) async fn require_at_work(
    transaction: &mut Transaction,
    context: &RunContext,
) -> Result<(), UseCaseError> {
    if runs::take(transaction, context.id()).await? == 1 {
        return Ok(());
    }
    Err(UseCaseError::conflict(
        "another server took this one for dead and ended the run; it does not go on",
    ))
}

/// Where the run works.
pub(super) fn folder(app: &App, context: &RunContext) -> std::path::PathBuf {
    app.run_folder(context.id())
}
