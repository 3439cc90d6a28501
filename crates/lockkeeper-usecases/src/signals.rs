//! Who wakes whom: in this process, and in the other servers of the same database.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lockkeeper_domain::id::RunId;
use lockkeeper_store::StoreError;
use lockkeeper_store::hints::Hints;
use tokio::sync::futures::Notified;
use tokio::sync::{Notify, broadcast, mpsc, watch};

use crate::App;

/// Hints that wait to be told to other servers.
const WAITING: usize = 256;
/// Between two tries to hear of the other servers.
const PAUSE: Duration = Duration::from_secs(2);

/// Wakes those who wait. A hint only: whoever misses one looks again by itself.
#[derive(Debug)]
pub struct Signals {
    jobs: Notify,
    locks: Notify,
    /// A run's log grew, or the run moved.
    pub runs: broadcast::Sender<RunId>,
    cancels: Mutex<HashMap<RunId, watch::Sender<bool>>>,
    /// What the other servers are to hear, and the one who tells them.
    sender: mpsc::Sender<Hint>,
    receiver: tokio::sync::Mutex<mpsc::Receiver<Hint>>,
}

/// What one server tells the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hint {
    Jobs,
    Locks,
    Run(RunId),
    Cancel(RunId),
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hint::Jobs => f.write_str("jobs"),
            Hint::Locks => f.write_str("locks"),
            Hint::Run(run) => write!(f, "run {run}"),
            Hint::Cancel(run) => write!(f, "cancel {run}"),
        }
    }
}

impl Hint {
    /// None for what a newer version may say.
    fn parse(text: &str) -> Option<Self> {
        match text.split_once(' ') {
            None => [Hint::Jobs, Hint::Locks]
                .into_iter()
                .find(|hint| hint.to_string() == text),
            Some(("run", run)) => run.parse().ok().map(Hint::Run),
            Some(("cancel", run)) => run.parse().ok().map(Hint::Cancel),
            Some(_) => None,
        }
    }
}

impl Default for Signals {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self {
            sender,
            receiver: tokio::sync::Mutex::new(receiver),
            jobs: Notify::new(),
            locks: Notify::new(),
            runs: broadcast::Sender::new(256),
            cancels: Mutex::default(),
        }
    }
}

/// A run that is at work in this process, until this is dropped: also when what carries it out panics.
pub struct AtWork<'a>(&'a Signals, RunId);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.unregister_run(self.1);
    }
}

impl Signals {
    /// As [`Signals::register_run`], for as long as the first of what is answered lives.
    pub fn at_work(&self, run: RunId) -> (AtWork<'_>, watch::Receiver<bool>) {
        let receiver = self.register_run(run);
        (AtWork(self, run), receiver)
    }

    /// Registers a run that is at work in this process; what is answered turns true when it is to stop.
    pub fn register_run(&self, run: RunId) -> watch::Receiver<bool> {
        let (sender, receiver) = watch::channel(false);
        self.cancels
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(run, sender);
        receiver
    }

    /// Forgets a run that has ended.
    pub fn unregister_run(&self, run: RunId) {
        self.cancels
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&run);
        self.tell_run(run);
    }

    /// Whether a run is at work in this process.
    pub fn is_at_work(&self, run: RunId) -> bool {
        let cancels = self.cancels.lock().unwrap_or_else(PoisonError::into_inner);
        cancels.contains_key(&run)
    }

    /// Stops a run, wherever it is at work.
    pub fn cancel_run(&self, run: RunId) {
        self.cancel_own_run(run);
        self.tell_others(Hint::Cancel(run));
    }

    /// Stops a run if it is at work in this process.
    pub fn cancel_own_run(&self, run: RunId) {
        let cancels = self.cancels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = cancels.get(&run) {
            sender.send_replace(true);
        }
    }

    /// Stops every run that is at work in this process.
    pub fn cancel_all_runs(&self) {
        let cancels = self.cancels.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in cancels.values() {
            sender.send_replace(true);
        }
    }

    /// Tells those who follow a run to look again, on every server.
    pub fn tell_run(&self, run: RunId) {
        self.tell_own_followers(run);
        self.tell_others(Hint::Run(run));
    }

    fn tell_own_followers(&self, run: RunId) {
        // Nobody may be following; that is no error.
        let _ = self.runs.send(run);
    }

    /// Wakes the workers of every server: a job was queued, or a state is free for the next one.
    pub fn job_queued(&self) {
        self.jobs.notify_waiters();
        self.tell_others(Hint::Jobs);
    }

    /// Waits for [`Signals::job_queued`], on any server.
    pub fn jobs(&self) -> Notified<'_> {
        self.jobs.notified()
    }

    /// Wakes those who wait for the lock of a state, on every server: one was given back.
    pub fn lock_given_back(&self) {
        self.locks.notify_waiters();
        self.tell_others(Hint::Locks);
    }

    /// Waits for [`Signals::lock_given_back`], on any server.
    pub fn locks(&self) -> Notified<'_> {
        self.locks.notified()
    }

    fn tell_others(&self, hint: Hint) {
        // Nobody may be telling, or there is too much to tell: the others look by themselves.
        let _ = self.sender.try_send(hint);
    }

    fn hear(&self, hint: Hint) {
        match hint {
            Hint::Jobs => self.jobs.notify_waiters(),
            Hint::Locks => self.locks.notify_waiters(),
            Hint::Run(run) => self.tell_own_followers(run),
            Hint::Cancel(run) => self.cancel_own_run(run),
        }
    }
}

/// Carries signals between the servers of one database, until it is dropped. Ends at once on SQLite, which
/// has one server.
pub async fn exchange(app: &App) {
    let mut waiting = app.signals.receiver.lock().await;
    loop {
        match app.database.hints().await {
            Ok(None) => return,
            Ok(Some(hints)) => {
                let error = carry(app, hints, &mut waiting).await;
                tracing::warn!(%error, "the servers do not hear of each other; trying again");
            }
            Err(error) => tracing::warn!(%error, "the servers do not hear of each other; trying again"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn carry(app: &App, mut hints: Hints, waiting: &mut mpsc::Receiver<Hint>) -> StoreError {
    let mut batch = Vec::new();
    loop {
        batch.clear();
        let carried = tokio::select! {
            heard = hints.next() => heard.map(|text| {
                if let Some(hint) = Hint::parse(&text) {
                    app.signals.hear(hint);
                }
            }),
            count = waiting.recv_many(&mut batch, WAITING) => {
                debug_assert!(count > 0, "the sender lives as long as the receiver");
                batch.dedup();
                tell(app, &batch).await
            }
        };
        if let Err(error) = carried {
            return error;
        }
    }
}

async fn tell(app: &App, batch: &[Hint]) -> Result<(), StoreError> {
    for hint in batch {
        app.database.hint(&hint.to_string()).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_understood_by_other_servers() {
        let run: RunId = "0192f0c1-2345-7abc-8def-0123456789ab".parse().unwrap();
        for hint in [Hint::Jobs, Hint::Locks, Hint::Run(run), Hint::Cancel(run)] {
            assert_eq!(Hint::parse(&hint.to_string()), Some(hint));
        }
        assert_eq!(Hint::parse("run x"), None);
        assert_eq!(Hint::parse("sing"), None);
    }
}
