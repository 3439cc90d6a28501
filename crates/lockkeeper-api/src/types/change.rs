//! Changes, their gates and approvals.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::plan::{PlanView, RiskClass};
use super::run::ProbeView;

/// A change to propose.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChange {
    /// The stack that it alters.
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub stack: String,
    /// The branch, tag or commit to carry out.
    #[serde(rename = "ref")]
    #[schema(min_length = 1)]
    pub reference: String,
    /// One line, 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// Why, with the ticket: `PROJ-456`.
    #[serde(default)]
    pub why: String,
    /// A class higher than the computed one, if the author knows better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared_class: Option<RiskClass>,
    /// How to go back, in words; the stack's own text when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<String>,
    /// The environments to go through; all in which the stack has a folder when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<String>,
    /// Propose it although an open change carries the same commit of the stack through these environments. That one is
    /// answered otherwise, with status 200.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

/// What to alter of a change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeEdit {
    /// Another title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// Another why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// A higher class; never lower than the computed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared_class: Option<RiskClass>,
    /// How to go back, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<String>,
}

/// How far a change as a whole is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeStatus {
    /// Under way.
    Open,
    /// Applied and verified in all its environments.
    Verified,
    /// Done, and the record is complete.
    Closed,
    /// Given up before it was carried out everywhere.
    Cancelled,
    /// Undone by another change.
    RolledBack,
}

/// How far a change is in one environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StageStatus {
    /// A plan is being made.
    Planning,
    /// No plan could be made; the message says why.
    PlanFailed,
    /// Planned, and waiting for its gates or for somebody to apply it.
    Planned,
    /// To be applied at a time.
    Scheduled,
    /// Being applied.
    Applying,
    /// The apply failed; some effects may have happened.
    ApplyFailed,
    /// The server or the tool died in the middle; look before doing anything.
    Interrupted,
    /// Applied, and being looked at.
    Verifying,
    /// Applied, and it does not work.
    VerificationFailed,
    /// Applied, and it works.
    Verified,
    /// Undone by another change.
    RolledBack,
}

/// A change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangeView {
    /// The readable key: `INFRA-1`.
    pub key: String,
    /// One line.
    pub title: String,
    /// Why.
    pub why: String,
    /// The stack.
    pub stack: String,
    /// The branch, tag or commit that was proposed.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The commit that it stood for when it was proposed; this is what is carried out.
    pub commit: String,
    /// Who proposed it.
    pub requester: String,
    /// How far it is.
    pub status: ChangeStatus,
    /// The first of its environments in which something went wrong, while it is open. It stays open until it is planned anew
    /// and applied, rolled back, or given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<TroubleView>,
    /// The highest class of its plans, or the declared one when that is higher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<RiskClass>,
    /// The class that the author declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared_class: Option<RiskClass>,
    /// How to go back, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<String>,
    /// The change that this one undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolls_back: Option<String>,
    /// The change that undid this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolled_back_by: Option<String>,
    /// Its environments, in the order of promotion. Empty in lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageView>,
    /// Checks that people ticked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ticks: Vec<TickView>,
    /// When it was proposed.
    pub created_at: String,
    /// When anything about it last changed.
    pub updated_at: String,
}

/// An environment in which something went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TroubleView {
    /// The environment.
    pub environment: String,
    /// What went wrong: `plan-failed`, `apply-failed`, `interrupted` or `verification-failed`.
    pub status: StageStatus,
}

/// A change in one environment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StageView {
    /// The environment.
    pub environment: String,
    /// How far it is.
    pub status: StageStatus,
    /// What went wrong, or what it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What to do next, when something went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<String>,
    /// The current plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanView>,
    /// The gates; empty once it is applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateView>,
    /// The approvals, void ones included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<ApprovalView>,
    /// What the verification found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verification: Vec<ProbeView>,
    /// The newest run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// When the apply is to start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<String>,
    /// How the effects differ from those of the environment that it promotes from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences_from_previous: Vec<String>,
}

/// One gate: open or shut, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GateView {
    /// Which gate: `approvals`, `window`, `check-fmt` ...
    pub gate: String,
    /// Whether it is open.
    pub open: bool,
    /// Why, in one sentence.
    pub reason: String,
    /// What opens it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_open: Option<String>,
}

/// An approval of one plan.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ApprovalView {
    /// Who.
    pub user: String,
    /// In which function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The digest of the plan that was seen.
    pub plan_digest: String,
    /// When.
    pub at: String,
    /// What they said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
    /// Why it no longer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<String>,
}

/// A check that a person ticked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TickView {
    /// The check.
    pub check: String,
    /// Who.
    pub user: String,
    /// When.
    pub at: String,
    /// What they said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
}

/// Plans to make anew.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    /// The only environment to plan; every one that can be planned when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub environment: Option<String>,
}

/// An approval to give, of one plan.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveRequest {
    /// The function in which to approve: `devops-lead`. May be left out when the caller holds one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub role: Option<String>,
    /// The environment whose plan is approved; every one whose current plan is the one that was seen when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub environment: Option<String>,
    /// The digest of the plan that was seen, from the change. The approval is refused when another one is current.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = String)]
    pub plan_digest: Option<String>,
    /// A remark for the record.
    #[serde(default)]
    pub comment: String,
}

/// A check to tick.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TickRequest {
    /// `on-call-notified` or `communication-sent`.
    #[schema(pattern = "^(on-call-notified|communication-sent)$")]
    pub check: String,
    /// A remark for the record.
    #[serde(default)]
    pub comment: String,
}

/// An apply to start or schedule.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyRequest {
    /// The environment.
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub environment: String,
    /// When: `now` (the default), `next window`, or an RFC 3339 time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// A rollback to propose.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackRequest {
    /// The only environment to roll back; every one that was applied when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub environment: Option<String>,
    /// Why.
    #[serde(default)]
    pub why: String,
}

/// Why a change is closed or cancelled.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndRequest {
    /// A remark for the record.
    #[serde(default)]
    pub comment: String,
}

/// Which changes to list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangeQuery {
    /// Only changes with this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub status: Option<ChangeStatus>,
    /// The `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(pattern = "^[A-Za-z0-9_-]+$")]
    pub cursor: Option<String>,
    /// How many items, 1 to 200; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}
