//! Says that a job is at work, and hears of its cancellation by another server.

use std::time::{Duration, Instant};

use lockkeeper_store::StoreError;
use lockkeeper_store::tables::{jobs, runs};
use lockkeeper_usecases::App;
use lockkeeper_usecases::runs::ClaimedJob;

/// So many beats fit into a lease, so that one that comes late does no harm.
pub(crate) const BEATS: u32 = 3;
/// After so many leases without a beat a server stops its run by itself: another one may take it for dead soon.
const PATIENCE: u32 = 2;

/// Beats until it is dropped. When the job has gone to another server, the run is told to stop.
pub(crate) async fn beat(app: &App, job: ClaimedJob, lease: Duration) {
    let mut last = Instant::now();
    loop {
        tokio::time::sleep(lease / BEATS).await;
        match once(app, job).await {
            Ok(true) => last = Instant::now(),
            Ok(false) => {
                tracing::warn!(run = %job.run, "the run is cancelled, or went to another server: stopping it");
                app.signals.cancel_own_run(job.run);
            }
            Err(error) => {
                tracing::warn!(%error, run = %job.run, "the lease of a run could not be prolonged");
                if app.database.is_shared() && last.elapsed() > lease * PATIENCE {
                    tracing::error!(run = %job.run, "the database has been away for too long: stopping the run");
                    app.signals.cancel_own_run(job.run);
                }
            }
        }
    }
}

/// Answers whether the run is to go on.
async fn once(app: &App, job: ClaimedJob) -> Result<bool, StoreError> {
    let mut transaction = app.database.write().await?;
    let held = jobs::beat(&mut transaction, job.id, job.attempt).await? == 1;
    let cancelled = runs::by_id(&mut transaction, job.run)
        .await?
        .is_some_and(|run| run.cancel_requested);
    transaction.commit().await?;
    Ok(held && !cancelled)
}
