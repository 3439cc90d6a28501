//! From rows and records to what clients see.

mod audit;
mod change;
mod named;
mod plan;
mod project;
mod run;
mod state;
mod user;

pub(crate) use audit::{audit_entry, audit_verification};
pub(crate) use change::{change, change_line, gate};
pub(crate) use named::{to_change_status, to_risk_class, to_tier};
pub(crate) use plan::plan_detail;
pub(crate) use project::{environment, member, project, stack, to_membership};
pub(crate) use run::{log, run};
pub(crate) use state::{found_resource, personal_state, state, state_detail, state_diff, state_version};
pub(crate) use user::{caller, token, user};

use lockkeeper_domain::name::ChangeKey;

/// The readable key of the change with that number.
fn key(number: i64) -> String {
    ChangeKey::terraform(u32::try_from(number).unwrap_or(u32::MAX)).to_string()
}
