//! Servers are killed while sixteen people work on eight states, and a checker that knows nothing of the
//! server judges what everybody was told. `docs/testing.md` says how to run them long, and what they prove.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot set itself up fails"
)]
#![allow(unreachable_pub, reason = "the modules of a test have no other readers")]

mod balancer;
mod chance;
mod checker;
mod client;
mod clock;
mod history;
mod postgres;
mod scenario;
mod server;
mod service;
mod sqlite;
mod workload;
