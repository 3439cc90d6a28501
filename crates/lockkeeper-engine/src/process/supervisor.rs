//! Waits for a child, and stops it when it is cancelled or goes over its time limit.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::Child;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Command, ProcessError};

/// How often the output of a child is looked at.
const POLL: Duration = Duration::from_millis(50);

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself: its exit code, or 128 plus the number of the signal that ended it. A child that was
    /// told to stop and still did all of its work, exit code 0, also ends like this.
    Exited(i32),
    /// It was cancelled, and killed if it did not end within the grace.
    Cancelled {
        /// Whether SIGKILL was needed.
        killed: bool,
    },
    /// It went over its time limit, and was killed if it did not end within the grace.
    TimedOut {
        /// Whether SIGKILL was needed.
        killed: bool,
    },
}

/// Why a child was told to stop.
#[derive(Clone, Copy)]
enum Stop {
    Cancelled,
    TimedOut,
}

/// A running child and its group.
pub(super) struct Supervisor {
    child: Child,
    group: Pid,
    cancelled: watch::Receiver<bool>,
    /// The time limit, and after SIGINT the end of the grace.
    deadline: Instant,
    grace: Duration,
    stop: Option<Stop>,
    killed: bool,
}

impl Supervisor {
    pub(super) fn new(
        child: Child,
        command: &Command,
        cancelled: watch::Receiver<bool>,
    ) -> Result<Self, ProcessError> {
        let group = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .map(Pid::from_raw);
        let gone = || std::io::Error::other("it has no process identifier");
        let group = group
            .ok_or_else(gone)
            .map_err(ProcessError::io("cannot follow a child"))?;
        Ok(Self {
            child,
            group,
            cancelled,
            deadline: Instant::now() + command.time_limit,
            grace: command.interrupt_grace,
            stop: None,
            killed: false,
        })
    }

    /// The process group, which has the number of the child.
    pub(super) fn group(&self) -> Pid {
        self.group
    }

    /// Waits for a moment, or until the child has ended; then nothing of its group is left.
    pub(super) async fn next(&mut self) -> Result<Option<End>, ProcessError> {
        tokio::select! {
            status = self.child.wait() => {
                let status = status.map_err(ProcessError::io("cannot wait for a child"))?;
                // What the child left behind, such as a `sleep &` of a provisioner, ends with it.
                self.signal(Signal::SIGKILL);
                return Ok(Some(self.end(status)));
            }
            () = until_cancelled(&mut self.cancelled), if self.stop.is_none() => self.interrupt(Stop::Cancelled),
            () = sleep_until(self.deadline), if !self.killed => match self.stop {
                None => self.interrupt(Stop::TimedOut),
                Some(_) => {
                    self.killed = true;
                    self.signal(Signal::SIGKILL);
                }
            },
            () = sleep(POLL) => {}
        }
        Ok(None)
    }

    /// Waits until the child has ended.
    pub(super) async fn finish(&mut self) -> Result<End, ProcessError> {
        loop {
            if let Some(end) = self.next().await? {
                return Ok(end);
            }
        }
    }

    /// Ends the child and its group at once.
    pub(super) async fn kill(&mut self) -> Result<(), ProcessError> {
        self.signal(Signal::SIGKILL);
        self.finish().await.map(|_| ())
    }

    fn interrupt(&mut self, why: Stop) {
        self.stop = Some(why);
        self.deadline = Instant::now() + self.grace;
        self.signal(Signal::SIGINT);
    }

    /// To all of the group; that it is gone already is what was wanted.
    fn signal(&self, signal: Signal) {
        let _ = killpg(self.group, signal);
    }

    fn end(&self, status: ExitStatus) -> End {
        let code = status
            .code()
            .or_else(|| status.signal().map(|signal| 128 + signal))
            .unwrap_or(-1);
        match self.stop {
            Some(Stop::Cancelled) if code != 0 => End::Cancelled { killed: self.killed },
            Some(Stop::TimedOut) if code != 0 => End::TimedOut { killed: self.killed },
            _ => End::Exited(code),
        }
    }
}

/// Waits until the run is cancelled. A sender that is gone will not cancel any more.
pub async fn until_cancelled(cancelled: &mut watch::Receiver<bool>) {
    if cancelled.wait_for(|cancelled| *cancelled).await.is_err() {
        std::future::pending::<()>().await;
    }
}
