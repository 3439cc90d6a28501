//! The HTTP service over a real database, a real repository and an engine that has nothing to do.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod authorisation;
mod changes;
mod document;
mod idempotency;
mod logs;
mod pages;
mod personal_states;
mod problems;
mod service;
mod state_locks;
mod state_search;
mod state_trust;
mod state_versions;
