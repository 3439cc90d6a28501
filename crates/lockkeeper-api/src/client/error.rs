//! Why an operation gave no answer.

use std::error::Error as _;

use reqwest::StatusCode;

use super::address::InvalidAddress;
use crate::types::problem::Problem;
use crate::types::state::LockDescriptionView;

/// Why an operation gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is none.
    #[error(transparent)]
    Address(#[from] InvalidAddress),
    /// The client could not be made.
    #[error("cannot set up a connection: {reason}")]
    NotBuilt {
        /// Why.
        reason: String,
    },
    /// A name or key that cannot stand in an address.
    #[error("`{segment}` is not a name: it is empty, or only dots")]
    NotASegment {
        /// The text.
        segment: String,
    },
    /// The server is not there, or the way to it is cut.
    #[error("cannot reach {address}: {reason}")]
    Unreachable {
        /// The address.
        address: String,
        /// Why: `connection refused`.
        reason: String,
    },
    /// The server said no.
    #[error("{}", .0.detail)]
    Problem(Box<Problem>),
    /// Something answered that does not speak as Lockkeeper does.
    #[error("{address} answered {status} with something that Lockkeeper does not say")]
    NotLockkeeper {
        /// The address.
        address: String,
        /// The status.
        status: u16,
    },
    /// The answer cannot be read.
    #[error("the answer of {address} cannot be read: {reason}")]
    Unreadable {
        /// The address.
        address: String,
        /// Why.
        reason: String,
    },
    /// The answer ended before it was complete.
    #[error("the answer of {address} broke off: {reason}")]
    BrokenOff {
        /// The address.
        address: String,
        /// Why.
        reason: String,
    },
}

impl ClientError {
    /// What to do next, in one sentence.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            ClientError::Problem(problem) => return problem.hint.clone(),
            ClientError::Unreachable { .. } => "start it with `lockkeeper serve`, or set LOCKKEEPER_ADDRESS",
            ClientError::NotLockkeeper { status: 300..400, .. } => {
                "the server is somewhere else: give the address that it redirects to"
            }
            ClientError::NotLockkeeper { .. } => "check the address, and any proxy on the way",
            ClientError::Unreadable { .. } => "client and server may be of different versions: compare them",
            ClientError::BrokenOff { .. } => "try again",
            ClientError::Address(_) | ClientError::NotBuilt { .. } | ClientError::NotASegment { .. } => {
                return None;
            }
        };
        Some(hint.to_owned())
    }

    /// The HTTP status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            ClientError::Problem(problem) => Some(problem.status),
            ClientError::NotLockkeeper { status, .. } => Some(*status),
            _ => None,
        }
    }

    pub(super) fn unreachable(address: &impl ToString, error: &reqwest::Error) -> Self {
        Self::Unreachable {
            address: address.to_string(),
            reason: root_cause(error),
        }
    }

    pub(super) fn broken_off(address: &impl ToString, error: &reqwest::Error) -> Self {
        Self::BrokenOff {
            address: address.to_string(),
            reason: root_cause(error),
        }
    }

    /// The error that an answer without success stands for.
    pub(super) fn refusal(address: &impl ToString, status: StatusCode, body: &[u8]) -> Self {
        match serde_json::from_slice::<Problem>(body) {
            // The status line decides, whatever the document says.
            Ok(problem) => Self::Problem(Box::new(Problem {
                status: status.as_u16(),
                ..problem
            })),
            Err(_) => match serde_json::from_slice(body) {
                Ok(lock) if status == StatusCode::LOCKED => locked(&lock),
                _ => Self::NotLockkeeper {
                    address: address.to_string(),
                    status: status.as_u16(),
                },
            },
        }
    }
}

/// Terraform's protocol answers with the holder's lock, where others answer with a problem.
fn locked(lock: &LockDescriptionView) -> ClientError {
    let detail = format!(
        "the state is locked by {} for {} (lock {})",
        lock.who, lock.operation, lock.id
    );
    ClientError::Problem(Box::new(Problem {
        kind: Problem::LOCKED.to_owned(),
        title: "State is locked".to_owned(),
        status: StatusCode::LOCKED.as_u16(),
        detail,
        hint: Some(
            "`lockkeeper state show ENVIRONMENT STACK` says whose it is and since when: wait, or ask them"
                .to_owned(),
        ),
        gates: Vec::new(),
    }))
}

/// The innermost cause of an error: what the operating system or the TLS library said.
pub(super) fn root_cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    match innermost
        .downcast_ref::<std::io::Error>()
        .map(std::io::Error::kind)
    {
        Some(std::io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(std::io::ErrorKind::ConnectionReset) => "the connection was reset".to_owned(),
        Some(std::io::ErrorKind::UnexpectedEof) => "the connection was closed".to_owned(),
        _ if error.source().is_none() => "the request failed".to_owned(),
        _ => innermost.to_string(),
    }
}
