//! What happens around every operation.

mod authenticate;
mod observe;
mod people_only;
mod problems;
mod time_limit;

pub(crate) use authenticate::authenticate;
pub(crate) use observe::observe;
pub(crate) use people_only::{own_state, people_only};
pub(crate) use problems::as_problems;
pub(crate) use time_limit::{PATIENCE, STATE_PATIENCE, time_limit};
