//! Whether the server works, for whoever watches over it.

pub(crate) mod live;
pub(crate) mod metrics;
pub(crate) mod ready;
