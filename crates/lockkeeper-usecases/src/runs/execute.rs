//! Carries out a run that a worker has claimed.

use std::sync::Arc;

use lockkeeper_domain::id::{JobId, RunId};
use lockkeeper_domain::run::RunKind;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::jobs;

use super::context::{RunContext, folder};
use super::log::LogWriter;
use crate::{App, UseCaseError};

/// A job that this worker holds for as long as its attempt is the newest.
#[derive(Debug, Clone, Copy)]
pub struct ClaimedJob {
    /// The job.
    pub id: JobId,
    /// The run that it carries out.
    pub run: RunId,
    /// The attempt, by which a worker that lost its lease is told apart.
    pub attempt: i64,
}

impl ClaimedJob {
    /// Ends the job in the transaction of its result.
    ///
    /// # Errors
    /// A conflict when the job has gone to another worker: the result does not count then.
    pub(super) async fn finish(self, transaction: &mut Transaction) -> Result<(), UseCaseError> {
        if jobs::finish(transaction, self.id, self.attempt).await? == 1 {
            return Ok(());
        }
        Err(UseCaseError::conflict(
            "this worker lost the run to another one; its result does not count",
        ))
    }
}

/// Carries out the run. However it ends, its end is on record afterwards; an error is answered only
/// when it could not be put there, in which case the lease runs out and the run is picked up as
/// interrupted.
///
/// # Errors
/// When the database fails, or the job went to another worker.
pub async fn execute(app: &Arc<App>, job: ClaimedJob) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    let context = RunContext::load(&mut transaction, job.run).await?;
    transaction.commit().await?;
    let mut log = LogWriter::open(app, job.run).await?;
    let (at_work, cancelled) = app.signals.at_work(job.run);
    let keep_folder = match *context.run.kind {
        RunKind::Plan => super::plan::execute(app, job, &context, &mut log, cancelled).await,
        RunKind::Apply => super::apply::execute(app, job, &context, &mut log, cancelled).await,
    };
    log.finish().await;
    drop(at_work);
    if !keep_folder? {
        remove_folder(&folder(app, &context)).await;
    }
    Ok(())
}

/// Removes the folder of a run. One that stays behind costs room, not correctness.
pub(super) async fn remove_folder(folder: &std::path::Path) {
    if let Err(error) = tokio::fs::remove_dir_all(folder).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, folder = %folder.display(), "the folder of a run could not be removed");
    }
}
