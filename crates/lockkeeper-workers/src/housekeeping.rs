//! What has to be looked at from time to time. Each part takes no input: it reads what is and does what
//! is missing, so that it does not matter when it last ran, nor whether another server does the same.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use lockkeeper_domain::id::{JobId, ServerId};
use lockkeeper_store::blobs::{Collector, SAFE_AGE};
use lockkeeper_store::tables::jobs::{self, JobAtWork};
use lockkeeper_store::tables::{idempotency_keys, servers};
use lockkeeper_usecases::runs::{self, ClaimedJob, Left, Leftovers};
use lockkeeper_usecases::states::{self, RetentionRound};
use lockkeeper_usecases::{App, UseCaseError, blobs, forget_ended, keys};
use tokio::task::JoinSet;

use crate::beats::BeatWatch;
use crate::claim::take_over;
use crate::heartbeat::{BEATS, beat};

const INTERVAL: Duration = Duration::from_secs(15);
const BACKUP_INTERVAL: Duration = Duration::from_secs(60);
/// Well below the time after which the store takes a new key for known everywhere.
const KEY_INTERVAL: Duration = Duration::from_secs(60);
/// What could not be sealed anew is damaged or away: it is not looked at every minute.
const SEALING_RETRY: Duration = Duration::from_hours(1);
/// Every row of some tables is looked at.
const FORGET_INTERVAL: Duration = Duration::from_hours(1);
/// A request is not repeated after this.
const ANSWERS_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// A run whose server fell silent is left alone for so many leases by servers of other computers: its tool may
/// have outlived the server and be storing its state, and its own computer may start the server again.
const LEASES_FOR_OTHERS: u32 = 4;
/// A server that has been silent for so many leases (an hour) is taken for dead.
const LEASES_OF_THE_DEAD: u32 = 120;

/// Says that this server is alive, and sees who is not.
pub(crate) struct Watch {
    app: Arc<App>,
    lease: Duration,
    jobs: BeatWatch<JobId>,
    servers: BeatWatch<ServerId>,
    recoveries: JoinSet<()>,
}

impl Watch {
    pub(crate) fn new(app: Arc<App>, lease: Duration) -> Self {
        Self {
            app,
            lease,
            jobs: BeatWatch::new(lease),
            servers: BeatWatch::new(lease),
            recoveries: JoinSet::new(),
        }
    }

    pub(crate) async fn watch_for_ever(mut self) {
        loop {
            if let Err(error) = self.once().await {
                tracing::warn!(%error, "the other servers could not be looked at; it is tried again");
            }
            tokio::time::sleep(self.lease / BEATS).await;
        }
    }

    async fn once(&mut self) -> Result<(), UseCaseError> {
        lockkeeper_usecases::servers::beat(&self.app).await?;
        while self.recoveries.try_join_next().is_some() {}
        self.watch().await
    }

    /// Sees who has fallen silent, and picks up what they left.
    async fn watch(&mut self) -> Result<(), UseCaseError> {
        let mut transaction = self.app.database.read().await?;
        let at_work = jobs::at_work(&mut transaction).await?;
        let servers = servers::at_work(&mut transaction).await?;
        drop(transaction);
        let now = Instant::now();
        let silent = self
            .servers
            .look(now, servers.iter().map(|server| (*server.id, server.beats)));
        let dead: Vec<_> = servers
            .iter()
            .map(|server| (*server.id, server.beats))
            .filter(|(server, _)| {
                silent
                    .get(server)
                    .is_some_and(|time| *time >= self.lease * LEASES_OF_THE_DEAD)
            })
            .collect();
        let silent = silent.into_iter().filter(|(_, time)| *time >= self.lease);
        self.app
            .servers
            .set_silent(silent.map(|(server, _)| server).collect());
        if !dead.is_empty() {
            lockkeeper_usecases::servers::give_up(&self.app, &dead).await?;
        }
        // The attempt is part of what is watched: another attempt begins to count anew.
        let beats = at_work
            .iter()
            .map(|job| (*job.id, job.attempt.wrapping_shl(32).wrapping_add(job.beats)));
        let silent = self.jobs.look(now, beats);
        for job in at_work {
            let silence = silent.get(&*job.id).copied().unwrap_or_default();
            if let Some(left) = self.is_left(&job, silence) {
                self.recover(&job, left);
            }
        }
        Ok(())
    }

    /// Whether nobody works on the job any more, and who has to look after it.
    fn is_left(&self, job: &JobAtWork, silence: Duration) -> Option<Left> {
        // A run of this process is not abandoned, it only had no turn at the database, or the machine slept.
        if self.app.signals.is_at_work(*job.run_id) {
            return None;
        }
        let Some(server) = job.server_id else {
            return Some(Left::Here);
        };
        if *server == self.app.servers.id() {
            return (silence >= self.lease).then_some(Left::Here);
        }
        match &job.machine {
            Some(machine) if self.app.servers.is_own_machine(machine) => Some(Left::Here),
            _ if silence >= self.lease * LEASES_FOR_OTHERS => Some(Left::Elsewhere {
                host: job.host.clone().unwrap_or_else(|| "another computer".to_owned()),
            }),
            _ => None,
        }
    }

    /// Picks up a run. One that takes its time, or cannot be picked up now, must not keep the others.
    fn recover(&mut self, job: &JobAtWork, left: Left) {
        let claimed = ClaimedJob {
            id: *job.id,
            run: *job.run_id,
            attempt: job.attempt,
        };
        let (app, lease) = (self.app.clone(), self.lease);
        self.recoveries.spawn(async move {
            if let Err(error) = recover(&app, claimed, left, lease).await {
                let run = claimed.run;
                tracing::error!(%error, %run, "a run that was left at work cannot be picked up; it is tried again");
            }
        });
    }
}

/// Does again and again what nobody waits for.
pub(crate) async fn keep_house(app: &App) {
    let mut collector = Collector::new(SAFE_AGE);
    let mut retention = RetentionRound::default();
    let mut leftovers = Leftovers::default();
    let mut forgot_at: Option<Instant> = None;
    loop {
        // First of all: other runs wait for the lock of one that left a state.
        if let Err(error) = runs::clear_leftovers(app, &mut leftovers).await {
            tracing::warn!(%error, "what runs left could not be cleared; it is tried again");
        }
        if let Err(error) = sweep(app, &mut collector, &mut retention).await {
            tracing::warn!(%error, "housekeeping failed; it is tried again");
        }
        if forgot_at.is_none_or(|at| at.elapsed() >= FORGET_INTERVAL) {
            match forget_ended(app).await {
                Ok(()) => forgot_at = Some(Instant::now()),
                Err(error) => {
                    tracing::warn!(%error, "what has ended could not be forgotten; it is tried again")
                }
            }
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Makes the backups of each day. Beside housekeeping, since one may take long.
pub(crate) async fn keep_backups(app: &App) {
    loop {
        if let Err(error) = lockkeeper_usecases::backups::make_due_backup(app).await {
            tracing::error!(%error, hint = error.hint, "the backup of the day failed; it is tried again");
        }
        tokio::time::sleep(BACKUP_INTERVAL).await;
    }
}

/// Learns of new keys, and seals anew what former ones sealed. Beside housekeeping, since it may take long.
pub(crate) async fn keep_keys(app: &App) {
    let mut failed_at: Option<Instant> = None;
    loop {
        if let Err(error) = keys::refresh_keys(app).await {
            tracing::error!(%error, hint = error.hint, "the keys could not be read again");
        } else if failed_at.is_none_or(|at| at.elapsed() >= SEALING_RETRY) {
            failed_at = match keys::seal_anew(app).await {
                Ok(true) => None,
                Ok(false) => Some(Instant::now()),
                Err(error) => {
                    tracing::warn!(%error, "sealing anew broke off; it is tried again");
                    None
                }
            };
        }
        tokio::time::sleep(KEY_INTERVAL).await;
    }
}

async fn sweep(
    app: &App,
    collector: &mut Collector,
    retention: &mut RetentionRound,
) -> Result<(), UseCaseError> {
    runs::propose_pending_rollbacks(app).await?;
    runs::remove_spent_plan_files(app).await?;
    let versions = states::remove_old_versions(app, retention).await?;
    if versions > 0 {
        tracing::info!(versions, "removed old versions of states");
    }
    blobs::remove_released(app).await?;
    blobs::collect(app, collector).await?;
    let mut transaction = app.database.write().await?;
    idempotency_keys::delete_older(&mut transaction, app.now() - ANSWERS_KEPT).await?;
    transaction.commit().await?;
    Ok(())
}

async fn recover(app: &Arc<App>, job: ClaimedJob, left: Left, lease: Duration) -> Result<(), UseCaseError> {
    // From here on it is at work in this process, and is not picked up once more.
    let (_at_work, _) = app.signals.at_work(job.run);
    let Some(job) = take_over(app, job).await? else {
        return Ok(());
    };
    tracing::warn!(run = %job.run, ?left, "a run was left at work by a server that died");
    let mut heart = JoinSet::new();
    heart.spawn({
        let app = app.clone();
        async move { beat(&app, job, lease).await }
    });
    runs::recover_run(app, job, left).await?;
    runs::resume_automatic_rollbacks(app).await
}
