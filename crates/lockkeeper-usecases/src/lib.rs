//! One file for each use case. A use case loads, lets the domain decide, saves, records what it did in
//! the audit log and queues what follows from it, all in one transaction. The pages, the API and the
//! command line call the same ones.

pub mod access;
pub mod app;
pub mod audit_log;
pub mod backups;
pub mod blobs;
pub mod changes;
pub mod clock;
pub mod error;
mod forget_ended;
pub mod idempotency;
pub mod judgement;
pub mod keys;
pub mod people;
pub mod projects;
pub mod readiness;
mod repository;
pub mod runs;
pub mod servers;
pub mod signals;
pub mod states;
pub mod whole_states;

pub use access::{Access, Caller};
pub use app::App;
pub use error::{ErrorKind, UseCaseError};
pub use forget_ended::forget_ended;
