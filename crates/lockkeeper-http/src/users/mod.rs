//! People and service accounts.

pub(crate) mod create;
pub(crate) mod disable;
pub(crate) mod list;
