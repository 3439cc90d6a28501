//! What can go wrong with a repository.

use lockkeeper_engine::process::ProcessError;

use crate::commit_id::CommitId;

/// Why a repository could not be read. Addresses stand in it without their credentials.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The address cannot be used.
    #[error("`{address}` cannot be used as the address of a repository: {why}")]
    InvalidAddress {
        /// The address, without credentials.
        address: String,
        /// What is wrong with it, and what to write.
        why: String,
    },
    /// The repository is not there, or cannot be read.
    #[error("cannot fetch from {address}: {why}")]
    Unreachable {
        /// The address, without credentials.
        address: String,
        /// What git says.
        why: String,
    },
    /// The repository has no commit yet.
    #[error("{address} has no commit yet: commit and push something first")]
    Empty {
        /// The address, without credentials.
        address: String,
    },
    /// The repository does not say which branch is its default one.
    #[error("{address} has no default branch: its HEAD names none, and there is no `main` or `master`")]
    NoDefaultBranch {
        /// The address, without credentials.
        address: String,
    },
    /// The text cannot name anything in a repository.
    #[error("`{0}` cannot be the name of a branch, tag or commit")]
    InvalidReference(String),
    /// Nothing in the repository has the name.
    #[error("`{reference}`: no such branch, tag or commit in {address}; {newest}")]
    UnknownReference {
        /// The name given.
        reference: String,
        /// The address, without credentials.
        address: String,
        /// The newest branches and tags, in a sentence.
        newest: String,
    },
    /// More than one commit starts with the digits given.
    #[error("`{0}` is the start of more than one commit: give more digits")]
    AmbiguousReference(String),
    /// The commit is not in the mirror.
    #[error("commit {commit} is not in {address}: push it, and try again")]
    UnknownCommit {
        /// The commit.
        commit: CommitId,
        /// The address, without credentials.
        address: String,
    },
    /// The path leads out of the repository, or is none.
    #[error("`{0}` is not a path inside a repository: write it from the root, without `..`")]
    InvalidPath(String),
    /// Something that is not a file stands at the path.
    #[error("`{path}` in commit {commit} is {what}, not a file")]
    NotAFile {
        /// The path.
        path: String,
        /// The commit.
        commit: CommitId,
        /// What it is instead.
        what: &'static str,
    },
    /// The file is larger than can be read.
    #[error("`{path}` in commit {commit} has {size} bytes; at most {limit} are read")]
    TooLarge {
        /// The path.
        path: String,
        /// The commit.
        commit: CommitId,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// The folder for a checkout is in use.
    #[error("cannot check out into {0}: the folder is not empty")]
    NotEmpty(String),
    /// Git did not end in time.
    #[error("`git {step}` was stopped after {limit_seconds} s")]
    TimedOut {
        /// The command.
        step: String,
        /// The limit in seconds.
        limit_seconds: u64,
    },
    /// Git refused something that should work.
    #[error("`git {step}` ended with exit code {exit_code}: {why}")]
    Failed {
        /// The command.
        step: String,
        /// Its exit code.
        exit_code: i32,
        /// What it says.
        why: String,
    },
    /// The answer of git cannot be understood.
    #[error("cannot read the answer of `git {step}`: {why}")]
    Unreadable {
        /// The command.
        step: String,
        /// What is wrong with it.
        why: String,
    },
    /// Git cannot be started.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A file of the mirror or the checkout cannot be read or written.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
}

impl GitError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
