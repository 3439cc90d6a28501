//! Children that outlived the server: found and stopped after a crash.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::time::{Instant, sleep};

use crate::process::{ProcessRecord, RECORD_FILE};

const POLL: Duration = Duration::from_millis(50);

/// How long a process may take to be gone after SIGKILL; one that waits for a disk takes its time.
const KILL_PATIENCE: Duration = Duration::from_secs(10);

/// A child that a server which is gone has started, and that still runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    record: ProcessRecord,
    directory: PathBuf,
}

/// How an orphan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// By itself, or politely after SIGINT.
    Ended,
    /// By SIGKILL; it may not have saved its state or released its lock.
    Killed,
}

/// The child of the run in the directory, if it still runs. Never takes another process of the same
/// number for it.
///
/// # Errors
/// When the record cannot be read.
pub fn find(directory: &Path) -> std::io::Result<Option<Orphan>> {
    let bytes = match std::fs::read(directory.join(RECORD_FILE)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let record: ProcessRecord = serde_json::from_slice(&bytes)?;
    Ok(record.is_running().then(|| Orphan {
        record,
        directory: directory.to_owned(),
    }))
}

impl Orphan {
    /// What it does: `terraform apply`.
    pub fn what(&self) -> &str {
        &self.record.what
    }

    /// Its process identifier.
    pub fn pid(&self) -> i32 {
        self.record.pid
    }

    /// Tells it to stop with SIGINT, and kills its group when it has not ended within the grace.
    /// Terraform needs the state's address to answer in this time, to save its state there.
    ///
    /// # Errors
    /// When it does not end even after SIGKILL.
    pub async fn stop(self, grace: Duration) -> std::io::Result<Stopped> {
        self.signal(Signal::SIGINT);
        let mut stopped = Stopped::Ended;
        if !self.ends_within(grace).await {
            stopped = Stopped::Killed;
            self.signal(Signal::SIGKILL);
            if !self.ends_within(KILL_PATIENCE).await {
                let message = format!("process {} ({}) does not end", self.record.pid, self.record.what);
                return Err(std::io::Error::new(ErrorKind::TimedOut, message));
            }
        }
        std::fs::remove_file(self.directory.join(RECORD_FILE))?;
        Ok(stopped)
    }

    /// The record is looked at again just before: the process may have ended meanwhile.
    fn signal(&self, signal: Signal) {
        if self.record.is_running() {
            let _ = killpg(Pid::from_raw(self.record.pid), signal);
        }
    }

    /// Waits until it has ended by itself, at most for the time given; answers whether it has.
    pub async fn ends_within(&self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        while self.record.is_running() {
            if Instant::now() >= deadline {
                return false;
            }
            sleep(POLL).await;
        }
        true
    }
}
