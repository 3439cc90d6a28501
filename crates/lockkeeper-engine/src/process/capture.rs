//! Runs a child whose answer a program reads.

use std::process::Stdio;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::watch;

use super::supervisor::Supervisor;
use super::{Command, End, ProcessError, lines::Lines, program};
use crate::mask::Mask;

/// As much of the text for people is kept, in bytes.
const MESSAGE_LIMIT: usize = 64 * 1024;

/// How a child ended, and what it printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Captured {
    /// How it ended.
    pub end: End,
    /// Its standard output, not masked: for programs, not for people.
    pub stdout: Vec<u8>,
    /// Its standard error, masked.
    pub message: String,
}

impl Captured {
    /// Its exit code, or -1 when it was stopped.
    pub fn exit_code(&self) -> i32 {
        match self.end {
            End::Exited(code) => code,
            End::Cancelled { .. } | End::TimedOut { .. } => -1,
        }
    }
}

impl std::fmt::Debug for Captured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Captured({:?}, {} bytes, {:?})",
            self.end,
            self.stdout.len(),
            self.message
        )
    }
}

/// Kills the group when the future that waits for it is dropped.
struct KilledOnDrop(Option<Pid>);

impl Drop for KilledOnDrop {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}

pub(super) async fn capture(
    command: &Command,
    limit: usize,
    cancelled: watch::Receiver<bool>,
) -> Result<Captured, ProcessError> {
    if *cancelled.borrow() {
        return Ok(Captured {
            end: End::Cancelled { killed: false },
            stdout: Vec::new(),
            message: String::new(),
        });
    }
    let mut child = program::spawn(command, Stdio::piped(), Stdio::piped())?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let mut supervisor = Supervisor::new(child, command, cancelled)?;
    let mut guard = KilledOnDrop(Some(supervisor.group()));
    let (stdout, message, end) = tokio::join!(read(stdout, limit), read_to_end(stderr), supervisor.finish());
    let end = end?;
    guard.0 = None;
    let failed = || {
        format!(
            "cannot read the output of `{}`",
            command.program.to_string_lossy()
        )
    };
    let stdout = stdout.map_err(ProcessError::io(failed()))?;
    if stdout.len() > limit {
        let program = command.program.to_string_lossy().into_owned();
        return Err(ProcessError::TooMuchOutput { program, limit });
    }
    let message = message.map_err(ProcessError::io(failed()))?;
    Ok(Captured {
        end,
        stdout,
        message: masked(&message, &command.mask),
    })
}

/// Reads at most one byte more than the limit; then the pipe is closed, which ends the child.
async fn read(stream: Option<impl AsyncRead + Unpin>, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream.take(limit as u64 + 1).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// Reads everything and keeps the first part, so that the child never waits for its reader.
async fn read_to_end(stream: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let Some(mut stream) = stream else {
        return Ok(Vec::new());
    };
    let mut kept = Vec::new();
    (&mut stream)
        .take(MESSAGE_LIMIT as u64)
        .read_to_end(&mut kept)
        .await?;
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(kept)
}

fn masked(message: &[u8], mask: &Mask) -> String {
    let mut lines = Lines::new(mask.clone());
    let mut text = Vec::new();
    lines.push(message, |line| text.push(line));
    text.extend(lines.rest());
    text.join("\n")
}
