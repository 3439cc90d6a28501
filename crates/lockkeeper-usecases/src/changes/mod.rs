//! Changes: proposed, planned, approved, applied, rolled back, closed.

mod apply_change;
mod approve_change;
mod edit_change;
mod end_change;
mod gates;
mod list_changes;
mod propose;
mod propose_change;
mod record;
mod request_plan;
mod roll_back_change;
mod show_change;
mod show_plan;
mod stage;
mod tick_check;

pub use apply_change::{When, apply_change};
pub(crate) use apply_change::{may_start, queue_apply};
pub use approve_change::{Approval, approve_change};
pub use edit_change::{ChangeEdit, edit_change};
pub use end_change::{Ending, end_change};
pub(crate) use gates::{GateContext, state_revision, take_state, tier};
pub use list_changes::{ListedChange, list_changes};
pub use propose_change::{NewChange, Proposed, propose_change};
pub use record::{ChangeRecord, ResourceLine, StageRecord};
pub(crate) use record::{key, load_change, load_stage, stage_in, take_change};
pub use request_plan::request_plan;
pub use roll_back_change::roll_back_change;
pub(crate) use roll_back_change::{RollbackCause, propose_rollback, refuse_overtaken};
pub(crate) use show_change::read_effects;
pub use show_change::show_change;
pub use show_plan::{PlanDetail, show_plan};
pub(crate) use stage::{Note, move_stage, move_stage_if_it_can};
pub use tick_check::tick_check;
