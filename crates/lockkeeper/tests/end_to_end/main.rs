//! Every story of a user, with the real server, the real command line and the real Terraform.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot set itself up fails"
)]
#![allow(unreachable_pub, reason = "the modules of a test have no other readers")]

mod bad_input;
mod canaries;
mod clients;
#[path = "../killing/clock.rs"]
mod clock;
mod crash;
mod documented;
mod full_disk;
mod judgement;
mod keys;
mod laptop;
mod main_job;
mod races;
mod stale;
mod state_service;
mod state_trust;
mod tampering;
mod two_servers;
mod verification;
mod world;
mod wrapper;
