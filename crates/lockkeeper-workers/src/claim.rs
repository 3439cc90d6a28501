//! Claiming jobs.

use jiff::SignedDuration;
use lockkeeper_store::tables::jobs::{self, JobRow};
use lockkeeper_store::{StoreError, Transaction};
use lockkeeper_usecases::App;
use lockkeeper_usecases::runs::ClaimedJob;

/// How long a job stays with a worker that says nothing.
pub(crate) const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// Claims the next job that is due, if there is one.
pub(crate) async fn claim(app: &App, worker: &str) -> Result<Option<ClaimedJob>, StoreError> {
    let now = app.now();
    let mut transaction = app.database.write().await?;
    match jobs::claim(&mut transaction, now, now + LEASE, worker).await {
        Ok(claimed) => {
            transaction.commit().await?;
            Ok(claimed.map(of_row))
        }
        // Another worker began on the same state at the same time; the job is there for the next try.
        Err(error) if error.is_unique_violation() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Jobs that nobody works on any more: those of a worker of this name that is starting anew, and those
/// whose lease ran out.
pub(crate) async fn abandoned(app: &App, restarted: Option<&str>) -> Result<Vec<ClaimedJob>, StoreError> {
    let mut transaction: Transaction = app.database.read().await?;
    let rows = match restarted {
        Some(worker) => jobs::left_by(&mut transaction, worker).await?,
        None => jobs::abandoned(&mut transaction, app.now()).await?,
    };
    Ok(rows.into_iter().map(of_row).collect())
}

fn of_row(row: JobRow) -> ClaimedJob {
    ClaimedJob {
        id: *row.id,
        run: *row.run_id,
        attempt: row.attempt,
    }
}
