use lockkeeper_api::types::plan::{CheckView, CostView, PlanDetailView, PlanView, ReasonView, ResourceLine};
use lockkeeper_domain::check::CheckResult;
use lockkeeper_domain::effect::Effect;
use lockkeeper_domain::risk::Reason;
use lockkeeper_domain::role::Function;
use lockkeeper_store::tables::plans::PlanRow;
use lockkeeper_usecases::changes::{self, PlanDetail};
use serde_json::Value;

use super::named;
use crate::problem::Refusal;

/// The most resources that are listed with a plan in short.
const MAX_LISTED: usize = 200;

/// A plan in short.
pub(super) fn plan(row: PlanRow, resources: Vec<ResourceLine>, resource_count: usize) -> PlanView {
    let assessment = row.assessment.0.0;
    PlanView {
        id: row.id.to_string(),
        digest: row.digest,
        class: named::risk_class(assessment.class),
        reasons: assessment.reasons.into_iter().map(reason).collect(),
        summary: row.summary.0.0.to_string(),
        blast_radius: row.blast_radius.0.0.to_string(),
        cost: cost(&row.cost.0.0),
        resources,
        resource_count,
        checks: row.checks.0.0.into_iter().map(check).collect(),
        tool: row.tool,
        commit: row.commit_id,
        state_serial: row.state_serial,
        made_at: row.made_at.to_string(),
        expires_at: row.expires_at.to_string(),
    }
}

/// The estimate in short; none when it has neither a price nor anything without one.
fn cost(estimate: &Value) -> Option<CostView> {
    let count = |name: &str| estimate.get(name).and_then(Value::as_array).map_or(0, Vec::len);
    if count("by_resource") + count("unpriced") == 0 {
        return None;
    }
    let text = |name: &str| estimate.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(CostView {
        monthly_delta: text("monthly_delta")?,
        currency: text("currency")?,
        unpriced: count("unpriced"),
    })
}

/// A plan with its effects.
pub(crate) fn plan_detail(detail: PlanDetail) -> Result<PlanDetailView, Refusal> {
    let resources = detail
        .effects
        .iter()
        .take(MAX_LISTED)
        .map(line_of_effect)
        .collect();
    let count = detail.effects.len();
    let effects: Result<Vec<_>, _> = detail.effects.iter().map(serde_json::to_value).collect();
    let effects = effects.map_err(|error| {
        tracing::error!(%error, "the effects of a plan cannot be written as JSON");
        Refusal::internal()
    })?;
    Ok(PlanDetailView {
        plan: plan(detail.plan, resources, count),
        effects,
    })
}

fn line_of_effect(effect: &Effect) -> ResourceLine {
    ResourceLine {
        sign: effect.action.sign().to_owned(),
        address: effect.address.clone(),
        deposed: effect.deposed.clone(),
        resource_type: effect.resource_type.clone(),
        action: effect.action.to_string(),
        reason: effect.action_reason.clone(),
    }
}

/// One resource of a change's plan.
pub(super) fn resource(line: changes::ResourceLine) -> ResourceLine {
    ResourceLine {
        sign: line.sign.to_owned(),
        address: line.address,
        deposed: line.deposed,
        resource_type: line.resource_type,
        action: line.action,
        reason: line.reason,
    }
}

fn reason(reason: Reason) -> ReasonView {
    ReasonView {
        class: named::risk_class(reason.class),
        rule: reason.rule,
        address: reason.address,
        deposed: reason.deposed,
        text: reason.text,
        functions: reason.functions.iter().map(Function::to_string).collect(),
    }
}

fn check(result: CheckResult) -> CheckView {
    CheckView {
        name: result.name.to_string(),
        passed: result.passed,
        findings: result.findings,
    }
}
