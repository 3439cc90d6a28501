//! Runs and their logs.

pub(crate) mod cancel;
pub(crate) mod follow_log;
pub(crate) mod list;
pub(crate) mod read_log;
pub(crate) mod show;
