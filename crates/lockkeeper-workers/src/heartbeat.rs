//! Prolongs the lease of a job at work, and hears of its cancellation by another server.

use std::time::Duration;

use lockkeeper_store::StoreError;
use lockkeeper_store::tables::{jobs, runs};
use lockkeeper_usecases::App;
use lockkeeper_usecases::runs::ClaimedJob;

use crate::claim::LEASE;

/// Three beats fit into a lease, so that one that comes late does no harm.
const INTERVAL: Duration = Duration::from_secs(10);

/// Beats until it is dropped. When the job has gone to another worker, the run is told to stop.
pub(crate) async fn beat(app: &App, job: ClaimedJob) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        match once(app, job).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(run = %job.run, "the run is cancelled, or went to another worker: stopping it");
                app.signals.cancel_run(job.run);
            }
            Err(error) => tracing::warn!(%error, run = %job.run, "the lease of a run could not be prolonged"),
        }
    }
}

/// Answers whether the run is to go on.
async fn once(app: &App, job: ClaimedJob) -> Result<bool, StoreError> {
    let mut transaction = app.database.write().await?;
    let held = jobs::extend_lease(&mut transaction, job.id, job.attempt, app.now() + LEASE).await? == 1;
    let cancelled = runs::by_id(&mut transaction, job.run)
        .await?
        .is_some_and(|run| run.cancel_requested);
    transaction.commit().await?;
    Ok(held && !cancelled)
}
