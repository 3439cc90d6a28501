//! Changes: proposed, planned, approved, applied, rolled back, closed.

mod answer;
mod etag;

pub(crate) mod apply;
pub(crate) mod approve;
pub(crate) mod cancel;
pub(crate) mod close;
pub(crate) mod edit;
pub(crate) mod list;
pub(crate) mod plan;
pub(crate) mod propose;
pub(crate) mod rollback;
pub(crate) mod show;
pub(crate) mod show_plan;
pub(crate) mod tick;

use answer::{Answer, answer};
