//! Why a use case did not do what it was asked: what happened, why, and what to do next.

use lockkeeper_domain::gate::Gate;
use lockkeeper_domain::state_lock::LockDescription;
use lockkeeper_domain::state_version::NoNextSerial;
use lockkeeper_git::GitError;
use lockkeeper_store::StoreError;

/// What kind of refusal it is; each has its HTTP status and its exit code.
#[derive(Debug, Clone, PartialEq)]
pub enum ErrorKind {
    /// Nobody known is calling.
    Unauthenticated,
    /// Nobody says who is calling.
    NoToken,
    /// The caller may not.
    Forbidden,
    /// The thing is not there, or the caller may not know that it is.
    NotFound,
    /// The input cannot be used.
    Invalid,
    /// The thing is in a state in which this cannot be done, or somebody was faster.
    Conflict,
    /// The thing was altered since the caller saw it.
    Stale,
    /// Gates are shut.
    GatesShut(Vec<Gate>),
    /// A Terraform state is written by runs of approved changes only.
    Protected,
    /// A Terraform state is locked by somebody else.
    Locked(Box<LockDescription>),
    /// The body is too large.
    TooLarge,
    /// A repository or another service cannot be reached.
    Unavailable,
    /// The server's database does not answer, or gave up; nothing was stored.
    DatabaseAway,
    /// The server's database went away while it was storing: what was asked was done, or it was not.
    Unconfirmed,
    /// The bucket of the server's blobs does not answer, or refuses; nothing was stored.
    BucketAway,
    /// No room is left on the disk.
    OutOfSpace,
    /// A mistake of the program, or of its database.
    Internal,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{detail}")]
pub struct UseCaseError {
    /// What kind it is.
    pub kind: ErrorKind,
    /// What happened and why.
    pub detail: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The store's own words, with paths and all: for the server's log, and whoever types a command on the server's own
    /// machine. Never for the answer of a request.
    pub cause: Option<String>,
}

macro_rules! constructors {
    ($($(#[doc = $doc:literal])* $name:ident => $kind:ident;)*) => { $(
        $(#[doc = $doc])*
        pub fn $name(detail: impl Into<String>) -> Self {
            Self::new(ErrorKind::$kind, detail)
        }
    )* };
}

impl UseCaseError {
    /// A refusal of the kind.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            hint: None,
            cause: None,
        }
    }

    /// Adds what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    constructors! {
        /// Nobody known is calling.
        unauthenticated => Unauthenticated;
        /// The caller may not.
        forbidden => Forbidden;
        /// The thing is not there.
        not_found => NotFound;
        /// The input cannot be used.
        invalid => Invalid;
        /// This cannot be done now.
        conflict => Conflict;
        /// A service cannot be reached.
        unavailable => Unavailable;
        /// A mistake of the program.
        internal => Internal;
    }
}

impl From<StoreError> for UseCaseError {
    fn from(error: StoreError) -> Self {
        let cause = Some(error.to_string());
        Self {
            cause,
            ..Self::of_store(error)
        }
    }
}

impl UseCaseError {
    /// What a request may be told of it.
    fn of_store(error: StoreError) -> Self {
        if error.is_out_of_space() {
            return Self::new(
                ErrorKind::OutOfSpace,
                "there is no room left on the server's disk; nothing was stored",
            )
            .hint("free some space where the data folder lives, and try again");
        }
        tracing::error!(%error, "the store failed");
        if error.is_unavailable() {
            return Self::new(
                ErrorKind::DatabaseAway,
                "the server's database does not answer; nothing was stored",
            )
            .hint("try again in a moment; the server's log says more");
        }
        match error {
            StoreError::Unconfirmed(_) => Self::new(
                ErrorKind::Unconfirmed,
                "the server's database went away while it was storing: this was done, or it was not",
            )
            .hint("look whether it was done before you send it again"),
            StoreError::Blob(_) => Self::internal(error.to_string()),
            StoreError::Bucket(_) | StoreError::ForeignBucket { .. } => Self::new(
                ErrorKind::BucketAway,
                "the bucket that big states and plans are kept in cannot be used now; nothing was stored",
            )
            .hint("try again; the server's log says why"),
            StoreError::TooLate => Self::unavailable(error.to_string()),
            StoreError::WrongRootKey { .. }
            | StoreError::NotTheFirstKey(_)
            | StoreError::UnknownKey(_)
            | StoreError::Unreadable(_)
            | StoreError::Locked => Self::internal(error.to_string()),
            StoreError::File { .. } => {
                Self::internal("a file of the server's cannot be read or written; nothing was stored")
                    .hint("the server's log says which, and why")
            }
            _ => Self::internal("the server's database failed; nothing was stored")
                .hint("the server's log says more"),
        }
    }
}

/// What a refusal of the store means when another transaction was faster to take a unique name; any other is
/// what it is.
pub(crate) fn refused_as(error: StoreError, taken: impl FnOnce() -> UseCaseError) -> UseCaseError {
    if error.is_unique_violation() {
        taken()
    } else {
        error.into()
    }
}

impl From<NoNextSerial> for UseCaseError {
    fn from(error: NoNextSerial) -> Self {
        Self::conflict(error.to_string()).hint(
            "bring the state in with a lower serial and a lineage of its own: `lockkeeper state import --replace`",
        )
    }
}

impl From<GitError> for UseCaseError {
    fn from(error: GitError) -> Self {
        let detail = error.to_string();
        match error {
            GitError::Unreachable { .. } | GitError::TimedOut { .. } => Self::unavailable(detail)
                .hint("check the address with `lockkeeper project show`, and that the server may read it"),
            GitError::Failed { .. }
            | GitError::Unreadable { .. }
            | GitError::Process(_)
            | GitError::Io { .. } => {
                tracing::error!(error = %detail, "git failed");
                Self::internal(detail)
            }
            _ => Self::invalid(detail),
        }
    }
}
