//! The one way in which Lockkeeper starts a child process.
//!
//! A child gets exactly the environment that it is given, no input, and a process group of its own, so
//! that it can be stopped together with its own children: SIGINT first, which lets Terraform save its
//! state and release its lock, and SIGKILL after a grace.
//!
//! There are three modes. [`Command::run`] is for work that must survive the server: the child writes
//! into a file, not a pipe, so that it can go on and save its state when the server is killed (a write
//! to a pipe that nobody reads would end it). [`Command::capture`] is for short questions with an
//! answer that a program reads; such a child is ended together with the future that waits for it.
//! [`Command::attend`] is for a person at a terminal: the child has that terminal for its own.

mod attended;
mod capture;
mod interrupts;
mod lines;
mod program;
mod record;
mod supervisor;
mod tail;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;

use crate::contract::RunControl;
use crate::mask::Mask;

pub use capture::Captured;
pub use program::install_hint;
pub use supervisor::{End, until_cancelled};

pub(crate) use record::{ProcessRecord, RECORD_FILE};

/// How long a child may take to end after SIGINT, unless the command says otherwise.
pub const DEFAULT_INTERRUPT_GRACE: Duration = Duration::from_secs(60);

/// A child to be started. Prints the names of its variables only, because their values may be secrets.
#[derive(Clone)]
pub struct Command {
    /// A path, or a name to be looked for in the `PATH` of `environment`.
    pub program: OsString,
    /// The arguments; no shell reads them.
    pub arguments: Vec<OsString>,
    /// The working directory.
    pub directory: PathBuf,
    /// The complete environment: nothing is inherited.
    pub environment: BTreeMap<String, OsString>,
    /// After this the child is stopped.
    pub time_limit: Duration,
    /// The time from SIGINT to SIGKILL.
    pub interrupt_grace: Duration,
    /// Hides secrets in what the child prints.
    pub mask: Mask,
}

/// How a child ended that wrote into the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub end: End,
    /// The last lines of its output, masked, for error messages.
    pub last_lines: Vec<String>,
}

/// Why a child could not be started or followed.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// No such program.
    #[error("`{program}` was not found; {hint}")]
    MissingProgram {
        /// The program as it was named.
        program: String,
        /// How to install it.
        hint: String,
    },
    /// The child printed more than fits.
    #[error("`{program}` printed more than {limit} bytes")]
    TooMuchOutput {
        /// The program as it was named.
        program: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The operating system refused something.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
}

impl ProcessError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Command")
            .field("program", &self.program)
            .field("arguments", &self.arguments)
            .field("directory", &self.directory)
            .field("environment", &self.environment.keys())
            .field("time_limit", &self.time_limit)
            .field("interrupt_grace", &self.interrupt_grace)
            .finish_non_exhaustive()
    }
}

impl Command {
    /// A command without arguments and environment, limited to a minute.
    pub fn new(program: impl Into<OsString>, directory: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            directory: directory.into(),
            environment: BTreeMap::new(),
            time_limit: Duration::from_secs(60),
            interrupt_grace: DEFAULT_INTERRUPT_GRACE,
            mask: Mask::default(),
        }
    }

    /// The command with further arguments.
    #[must_use]
    pub fn arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Runs the child to its end and forwards its output, both streams in the order written, line by
    /// line and masked. While it runs, `run_directory` holds its raw output (mode 0600) and a record of
    /// it by which [`crate::orphan::find`] finds it after a crash; both are removed at the end.
    /// `what` names the child in that record. If the future is dropped the child goes on.
    ///
    /// # Errors
    /// [`ProcessError`] when the child cannot be started. How it ended is no error.
    pub async fn run(
        &self,
        what: &str,
        run_directory: &Path,
        control: &mut RunControl<'_>,
    ) -> Result<Finished, ProcessError> {
        if *control.cancelled.borrow() {
            return Ok(Finished {
                end: End::Cancelled { killed: false },
                last_lines: Vec::new(),
            });
        }
        let output = run_directory.join(record::OUTPUT_FILE);
        let (for_stdout, for_stderr) = tail::create(&output)?;
        let mut tail = tail::Tail::open(&output, &self.mask).await?;
        let child = program::spawn(self, for_stdout.into(), for_stderr.into())?;
        let mut supervisor = supervisor::Supervisor::new(child, self, control.cancelled.clone())?;
        if let Err(error) = ProcessRecord::of_running(supervisor.group(), what).write(run_directory) {
            // A child that could not be found after a crash must not go on; it has hardly begun.
            supervisor.kill().await?;
            return Err(error);
        }
        let end = loop {
            tail.forward(control.log).await;
            if let Some(end) = supervisor.next().await? {
                break end;
            }
        };
        tail.forward(control.log).await;
        let last_lines = tail.finish(control.log).await;
        record::remove(run_directory);
        Ok(Finished { end, last_lines })
    }

    /// Runs the child to its end and answers what it printed; the text on stderr is masked, cut, and for
    /// people. The child and its group are killed when the future is dropped.
    ///
    /// # Errors
    /// [`ProcessError`] when the child cannot be started, or prints more than `limit` bytes.
    pub async fn capture(
        &self,
        limit: usize,
        cancelled: watch::Receiver<bool>,
    ) -> Result<Captured, ProcessError> {
        capture::capture(self, limit, cancelled).await
    }

    /// Runs the child to its end at the terminal, or the pipes, of this process: it reads the input and
    /// writes the output itself, unmasked, and has no time limit. Ctrl-C reaches it once; SIGTERM, and
    /// without a terminal SIGINT, are passed on. Answers its exit code, or 128 plus the number of the
    /// signal that ended it. If the future is dropped the child goes on.
    ///
    /// # Errors
    /// [`ProcessError`] when the child cannot be started. How it ended is no error.
    pub async fn attend(&self) -> Result<i32, ProcessError> {
        attended::attend(self).await
    }
}

/// For children that nobody can cancel.
pub fn never_cancelled() -> watch::Receiver<bool> {
    watch::channel(false).1
}

#[cfg(test)]
mod tests;
