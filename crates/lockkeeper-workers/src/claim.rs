//! Claiming jobs.

use lockkeeper_store::StoreError;
use lockkeeper_store::tables::jobs::{self, JobRow};
use lockkeeper_usecases::App;
use lockkeeper_usecases::runs::ClaimedJob;

/// How often a worker that was slower than another tries again before it waits.
const TRIES: usize = 8;

/// Claims the next job that is due, if there is one.
pub(crate) async fn claim(app: &App) -> Result<Option<ClaimedJob>, StoreError> {
    for _ in 0..TRIES {
        if let Some(job) = try_once(app).await? {
            return Ok(Some(job));
        }
        let mut transaction = app.database.read().await?;
        if jobs::claimable(&mut transaction, app.now()).await?.is_none() {
            break;
        }
    }
    Ok(None)
}

async fn try_once(app: &App) -> Result<Option<ClaimedJob>, StoreError> {
    let mut transaction = app.database.write().await?;
    match jobs::claim(&mut transaction, app.now(), app.servers.id()).await {
        Ok(claimed) => {
            transaction.commit().await?;
            Ok(claimed.map(of_row))
        }
        // Another worker began on the same state at the same time; the job is there for the next try.
        Err(error) if error.is_unique_violation() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes over a job whose worker has gone. None when another server was faster.
pub(crate) async fn take_over(app: &App, job: ClaimedJob) -> Result<Option<ClaimedJob>, StoreError> {
    let mut transaction = app.database.write().await?;
    let taken = jobs::take_over(&mut transaction, job.id, job.attempt, app.servers.id()).await?;
    transaction.commit().await?;
    Ok(taken.map(of_row))
}

fn of_row(row: JobRow) -> ClaimedJob {
    ClaimedJob {
        id: *row.id,
        run: *row.run_id,
        attempt: row.attempt,
    }
}
