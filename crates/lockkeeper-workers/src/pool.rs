//! The workers of one server.

use std::sync::Arc;
use std::time::Duration;

use lockkeeper_usecases::runs::{self, ClaimedJob};
use lockkeeper_usecases::{App, servers, signals};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::claim::claim;
use crate::heartbeat::beat;
use crate::housekeeping::{Watch, keep_backups, keep_house, keep_keys};

/// Signals only hasten the look at the queue; this often it is looked at anyway.
const POLL: Duration = Duration::from_secs(1);
/// How long a stopping server waits for its runs. Longer than a tool may take to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(90);

/// How the workers work.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// How many runs are at work at once.
    pub concurrency: usize,
    /// How long a server that says nothing still counts as alive. The same on every server of a database.
    pub lease: Duration,
}

/// The workers of one server.
pub struct Pool {
    app: Arc<App>,
    settings: PoolSettings,
}

impl Pool {
    /// Workers that do not work yet.
    pub fn new(app: Arc<App>, settings: PoolSettings) -> Self {
        Self { app, settings }
    }

    /// Picks up what was left at work, and carries out jobs until told to stop. Then no job is begun
    /// any more, the runs at work are stopped politely, and their end is on record when this returns.
    /// The state service must be answering, before and until then: tools store their states in it.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut company = JoinSet::new();
        company.spawn({
            let app = self.app.clone();
            async move { signals::exchange(&app).await }
        });
        company.spawn({
            let app = self.app.clone();
            async move { keep_backups(&app).await }
        });
        company.spawn({
            let app = self.app.clone();
            async move { keep_keys(&app).await }
        });
        company.spawn(Watch::new(self.app.clone(), self.settings.lease).watch_for_ever());
        company.spawn({
            let app = self.app.clone();
            async move { keep_house(&app).await }
        });
        if let Err(error) = runs::resume_automatic_rollbacks(&self.app).await {
            tracing::warn!(%error, "rollbacks that come by themselves could not be gone on with");
        }
        let mut at_work = JoinSet::new();
        let places = Arc::new(Semaphore::new(self.settings.concurrency.max(1)));
        while !*stop.borrow() {
            let woken = self.app.signals.jobs();
            tokio::pin!(woken);
            // Registered before looking, so that a job queued in between is not slept over.
            woken.as_mut().enable();
            if self.begin_one(&mut at_work, &places).await {
                continue;
            }
            tokio::select! {
                () = &mut woken => {}
                () = tokio::time::sleep(POLL) => {}
                _ = stop.changed() => {}
                Some(_) = at_work.join_next() => {}
            }
        }
        self.stop(at_work).await;
        company.shutdown().await;
        if let Err(error) = servers::end(&self.app).await {
            tracing::warn!(%error, "the end of this server could not be put on record");
        }
    }

    /// Begins a job if there is one and a place is free.
    async fn begin_one(&self, at_work: &mut JoinSet<()>, places: &Arc<Semaphore>) -> bool {
        let Ok(place) = places.clone().try_acquire_owned() else {
            return false;
        };
        let job = match claim(&self.app).await {
            Ok(Some(job)) => job,
            Ok(None) => return false,
            Err(error) => {
                tracing::error!(%error, "no job could be claimed");
                return false;
            }
        };
        let (app, lease) = (self.app.clone(), self.settings.lease);
        at_work.spawn(async move {
            carry_out(&app, job, lease).await;
            drop(place);
            // The next run of the same state may be waiting.
            app.signals.job_queued();
        });
        true
    }

    async fn stop(&self, mut at_work: JoinSet<()>) {
        if at_work.is_empty() {
            return;
        }
        tracing::info!(runs = at_work.len(), "stopping the runs at work");
        let all = async {
            loop {
                // Again and again: a run that was claimed a moment ago may not have registered itself yet.
                self.app.signals.cancel_all_runs();
                if let Ok(None) = tokio::time::timeout(POLL, at_work.join_next()).await {
                    break;
                }
            }
        };
        if tokio::time::timeout(STOP_PATIENCE, all).await.is_err() {
            tracing::warn!("runs are still at work; they are picked up as interrupted at the next start");
        }
    }
}

async fn carry_out(app: &Arc<App>, job: ClaimedJob, lease: Duration) {
    // Stops when it is dropped, also by a panic: a lease must not be prolonged for a run that nobody carries out.
    let mut heart = JoinSet::new();
    heart.spawn({
        let app = app.clone();
        async move { beat(&app, job, lease).await }
    });
    tracing::info!(run = %job.run, attempt = job.attempt, "run begins");
    match runs::execute(app, job).await {
        Ok(()) => tracing::info!(run = %job.run, "run ends"),
        Err(error) => tracing::error!(%error, run = %job.run, "the end of a run could not be recorded"),
    }
    drop(heart);
}
