//! The use cases, with a real database and a real repository, and an engine that does as it is told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod backups;
mod endings;
mod forgetting;
mod idempotency;
mod left_states;
mod proposals;
mod retention;
mod rights;
mod rollbacks;
mod whole_states;
mod world;
