//! Runs a child at the terminal of the person who started this process.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpgrp, tcgetpgrp};
use tokio::process::Child;
use tokio::signal::unix::{SignalKind, signal};

use super::{Command, ProcessError, program};

/// Runs the child to its end; answers its exit code, or 128 plus the number of the signal that ended it.
pub(super) async fn attend(command: &Command) -> Result<i32, ProcessError> {
    // The handlers come first: a signal between the start and the wait must not end this process alone.
    let listen = |kind| signal(kind).map_err(ProcessError::io("cannot listen to signals"));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let at_terminal = in_foreground();
    let mut child = program::spawn_attended(command, at_terminal)?;
    loop {
        tokio::select! {
            status = child.wait() => {
                return Ok(exit_code(status.map_err(ProcessError::io("cannot wait for a child"))?));
            }
            // The terminal sends Ctrl-C to everybody in the foreground, so the child has heard it already, and
            // a second SIGINT means to Terraform that it is to stop at once, without saving its state.
            Some(()) = interrupt.recv() => if !at_terminal { pass_on(&child, Signal::SIGINT) },
            Some(()) = terminate.recv() => pass_on(&child, Signal::SIGTERM),
        }
    }
}

/// Whether this process belongs to the group that the terminal sends Ctrl-C to.
fn in_foreground() -> bool {
    let terminal = std::fs::File::open("/dev/tty").ok();
    terminal.is_some_and(|terminal| tcgetpgrp(&terminal) == Ok(getpgrp()))
}

/// A child that is gone already needs no signal.
fn pass_on(child: &Child, signal: Signal) {
    if let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()) {
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

fn exit_code(status: ExitStatus) -> i32 {
    let signal = status.signal().map(|signal| 128 + signal);
    status.code().or(signal).unwrap_or(-1)
}
