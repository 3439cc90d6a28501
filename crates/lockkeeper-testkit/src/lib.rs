//! Real components for tests. A component that is missing fails the test with the command that
//! installs it; nothing is skipped in silence.
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot set itself up fails"
)]
#![expect(clippy::disallowed_methods, reason = "tests start the components themselves")]

pub mod bucket;
pub mod disk;
pub mod postgres;
pub mod repository;
