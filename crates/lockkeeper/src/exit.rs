//! Exit codes. They are a promise to scripts: `docs/cli.md` lists them.

use std::process::ExitCode;

use lockkeeper_api::client::ClientError;

/// The problem of a request that cannot be used as it is.
const INVALID: &str = "urn:lockkeeper:problem:invalid";

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// What was asked for is done.
    Success,
    /// It is not done, or what was looked at is not well.
    Failure,
    /// The command line is wrong, or the input is not what the command reads.
    Usage,
    /// There is no such thing.
    NotFound,
    /// The caller is not known, or may not.
    NotAllowed,
    /// A gate is shut, a lock is held, or somebody else was faster.
    Refused,
    /// The server is not there.
    Unreachable,
    /// Stopped by Ctrl-C.
    Interrupted,
    /// As the program ended that was started for the person: its exit code.
    Child(u8),
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::NotFound => 3,
            Exit::NotAllowed => 4,
            Exit::Refused => 5,
            Exit::Unreachable => 6,
            Exit::Interrupted => 130,
            Exit::Child(code) => code,
        }
    }

    fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Exit::NotAllowed,
            404 => Exit::NotFound,
            409 | 412 | 423 => Exit::Refused,
            _ => Exit::Failure,
        }
    }
}

impl From<&ClientError> for Exit {
    fn from(error: &ClientError) -> Self {
        match error {
            ClientError::Unreachable { .. }
            | ClientError::NotLockkeeper {
                status: 502..=504, ..
            } => Exit::Unreachable,
            // A name, key, time or reference that the server cannot use was given on the command line.
            ClientError::Problem(problem) if problem.kind == INVALID => Exit::Usage,
            ClientError::Problem(problem) => Exit::of_status(problem.status),
            ClientError::Address(_) | ClientError::NotASegment { .. } => Exit::Usage,
            _ => Exit::Failure,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
