//! Personal states: made and removed here, and used by the same protocol as the shared ones.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod protocol;
pub(crate) mod refresh;
pub(crate) mod remove;
