//! What has to be looked at from time to time. Each part takes no input: it reads what is and does what
//! is missing, so that it does not matter when it last ran.

use std::time::Duration;

use jiff::SignedDuration;
use lockkeeper_store::tables::idempotency_keys;
use lockkeeper_usecases::runs::ClaimedJob;
use lockkeeper_usecases::{App, UseCaseError, blobs, runs};

use crate::claim::abandoned;

const INTERVAL: Duration = Duration::from_secs(15);
/// A request is not repeated after this.
const ANSWERS_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Looks again and again.
pub(crate) async fn keep_house(app: &App) {
    loop {
        if let Err(error) = once(app).await {
            tracing::warn!(%error, "housekeeping failed; it is tried again");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

async fn once(app: &App) -> Result<(), UseCaseError> {
    for job in abandoned(app, None).await? {
        // A run of this process is not abandoned, it only had no turn at the database, or the machine slept.
        if !app.signals.is_at_work(job.run) {
            recover_one(app, job).await;
        }
    }
    runs::propose_pending_rollbacks(app).await?;
    runs::remove_spent_plan_files(app).await?;
    blobs::remove_released(app).await?;
    let mut transaction = app.database.write().await?;
    idempotency_keys::delete_older(&mut transaction, app.now() - ANSWERS_KEPT).await?;
    transaction.commit().await?;
    Ok(())
}

/// Picks up a run. One that cannot be picked up now must not keep the others.
pub(crate) async fn recover_one(app: &App, job: ClaimedJob) {
    if let Err(error) = runs::recover_run(app, job).await {
        tracing::error!(%error, run = %job.run, "a run that was left at work cannot be picked up; it is tried again");
    }
}
