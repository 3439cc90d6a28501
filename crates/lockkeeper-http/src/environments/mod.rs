//! Environments.

pub(crate) mod create;
pub(crate) mod edit;
pub(crate) mod list;
