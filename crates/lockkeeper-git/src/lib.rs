//! Mirrors and clean checkouts of Git repositories, by the `git` command.
//!
//! A repository is hostile until its change is approved: no hook, filter, submodule or configuration
//! of it takes effect here, names never become options, and a checkout is written by git into an empty
//! folder, so that no symbolic link leads a write out of it.

mod address;
mod checkout;
mod commit_id;
mod error;
mod git;
mod history;
mod mirror;
mod resolve;
mod tree;

pub use address::Address;
pub use commit_id::{CommitId, InvalidCommitId};
pub use error::GitError;
pub use history::Commit;
pub use mirror::Mirror;
pub use tree::{ChangeKind, ChangedFile, ListedFile};
