//! Plans, as clients see them: redacted.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How much can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RiskClass {
    /// The author may approve.
    Low,
    /// One peer approves.
    Medium,
    /// Several reviewers of named functions approve, and a window is needed.
    High,
}

/// Why a plan has its class.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReasonView {
    /// The class that this reason alone gives.
    pub class: RiskClass,
    /// The rule, as a stable identifier.
    pub rule: String,
    /// The resource.
    pub address: String,
    /// The key of the deposed object that it is about, which shares its address with the live one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// One sentence.
    pub text: String,
    /// The functions whose approval the reason calls for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<String>,
}

/// One resource that a plan touches.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ResourceLine {
    /// `+`, `~`, `-`, `-/+`, `+/-` or `.`.
    pub sign: String,
    /// The address.
    pub address: String,
    /// The key of a deposed object: one that is left over from a replacement, and shares its address with the live one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// The resource type.
    pub resource_type: String,
    /// What is done, as a verb: `creates`.
    pub action: String,
    /// Why, where the tool says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a check found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CheckView {
    /// The check's name.
    pub name: String,
    /// Whether it passed.
    pub passed: bool,
    /// One line for each thing found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
}

/// What a plan adds to the monthly bill: an estimate.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CostView {
    /// The difference each month, as a decimal number: `12.40`, or below zero.
    pub monthly_delta: String,
    /// The currency (ISO 4217).
    pub currency: String,
    /// How many things in the plan have no price. None of them is in the amount.
    pub unpriced: usize,
}

/// A plan for one environment, in short.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PlanView {
    /// The identifier.
    pub id: String,
    /// The digest that an approval is bound to.
    pub digest: String,
    /// The class that follows from the effects.
    pub class: RiskClass,
    /// Why.
    pub reasons: Vec<ReasonView>,
    /// `3 to add, 1 to change, 0 to destroy`.
    pub summary: String,
    /// Which existing resources can be harmed: `new resources only` or counts.
    pub blast_radius: String,
    /// What it adds to the monthly bill; absent when nothing in it has to do with money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostView>,
    /// The resources that are touched, at most 200 of them here; the plan itself has them all.
    pub resources: Vec<ResourceLine>,
    /// How many resources are touched in all.
    pub resource_count: usize,
    /// The computed checks.
    pub checks: Vec<CheckView>,
    /// The tool and its version.
    pub tool: String,
    /// The commit that was planned.
    pub commit: String,
    /// The state's serial that the plan was made from; absent when there was no state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_serial: Option<i64>,
    /// When it was made.
    pub made_at: String,
    /// When it can no longer be applied.
    pub expires_at: String,
}

/// A plan with its effects, redacted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PlanDetailView {
    /// The plan in short.
    #[serde(flatten)]
    pub plan: PlanView,
    /// Every effect: address, action, and the attributes that change, sensitive values redacted.
    pub effects: Vec<serde_json::Value>,
}
