//! The HTTP service over a real database, a real repository and an engine that has nothing to do.

mod authorisation;
mod changes;
mod document;
mod idempotency;
mod logs;
mod pages;
mod problems;
mod service;
mod state_locks;
mod state_versions;
