use lockkeeper_domain::approval::{ApprovalRefused, ApprovalRequest, decide_approval};
use lockkeeper_domain::change::StageStatus;
use lockkeeper_domain::id::ApprovalId;
use lockkeeper_domain::name::{ChangeKey, Name};
use lockkeeper_domain::role::{Function, Permission};
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::plans::PlanRow;
use lockkeeper_store::tables::stages::StageRow;
use lockkeeper_store::tables::{approvals, plans};
use serde_json::json;

use super::{ChangeRecord, GateContext, load_change, show_change, take_change, tier};
use crate::app::Chain;
use crate::clock::new_uuid;
use crate::repository::Repository;
use crate::{Access, App, Caller, UseCaseError};

/// An approval to give.
#[derive(Debug, Clone, Default)]
pub struct Approval {
    /// The function in which to approve; the only one that the caller holds when absent.
    pub function: Option<Function>,
    /// The environment; every one whose current plan is the one that was seen when absent.
    pub environment: Option<Name>,
    /// The digest of the plan that was seen. Without it the approval is refused, last of all.
    pub plan_digest: Option<String>,
    /// A remark for the record.
    pub comment: String,
}

/// Approves a plan of a change: in one environment, or in every one whose current plan it is and in which
/// the caller may.
///
/// # Errors
/// Forbidden for one's own change above low and without the function; a conflict when the plan is not
/// the one that was seen, or it was approved already; invalid when nobody says which plan was seen.
pub async fn approve_change(
    app: &App,
    caller: &Caller,
    project: &Name,
    key: &ChangeKey,
    approval: &Approval,
) -> Result<ChangeRecord, UseCaseError> {
    super::propose::check_texts("approval", &[&approval.comment])?;
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    load_change(&mut transaction, *access.project.id, key).await?;
    drop(transaction);
    let settings = Repository::refreshed(app, &access.project)
        .await?
        .settings()
        .await?;

    let mut transaction = app.database.write().await?;
    // What the caller holds is read again, so that a role taken back a moment ago does not count.
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    // Of two approvals at once the second sees the first.
    let change = take_change(app, &mut transaction, *access.project.id, key).await?;
    if change.status.is_final() {
        return Err(UseCaseError::conflict(format!(
            "{key} {}: there is nothing left to approve",
            change.status.in_words()
        )));
    }
    let context = GateContext::load(&mut transaction, settings, change).await?;
    let chosen = choose_stages(&context, approval.environment.as_ref(), key)?;
    let mut refusals = Vec::new();
    let stages = chosen.len();
    for stage in chosen {
        let given = approve_stage(app, &mut transaction, caller, &access, &context, stage, approval).await?;
        refusals.extend(given.err());
    }
    if refusals.len() == stages {
        return Err(refusal(refusals, key));
    }
    transaction.commit().await?;
    show_change(app, caller, project, key).await
}

fn choose_stages<'a>(
    context: &'a GateContext,
    environment: Option<&Name>,
    key: &ChangeKey,
) -> Result<Vec<&'a StageRow>, UseCaseError> {
    let waits = |stage: &&StageRow| matches!(*stage.status, StageStatus::Planned | StageStatus::Scheduled);
    let named = |stage: &&StageRow| environment.is_none_or(|name| *name == stage.environment_name.0);
    let of_name: Vec<&StageRow> = context.stages.iter().filter(named).collect();
    if of_name.is_empty() {
        return Err(UseCaseError::not_found(
            "the change does not go through that environment",
        ));
    }
    let waiting: Vec<&StageRow> = of_name.iter().copied().filter(waits).collect();
    if waiting.is_empty() {
        let states: Vec<String> = of_name
            .iter()
            .map(|stage| format!("it {} in {}", stage.status.in_words(), *stage.environment_name))
            .collect();
        return Err(UseCaseError::conflict(format!(
            "{key} has no plan that waits for approval: {}",
            states.join(", ")
        ))
        .hint(format!("`lockkeeper change show {key}` tells what is next")));
    }
    Ok(waiting)
}

async fn approve_stage(
    app: &App,
    transaction: &mut Transaction,
    caller: &Caller,
    access: &Access,
    context: &GateContext,
    stage: &StageRow,
    approval: &Approval,
) -> Result<Result<(), ApprovalRefused>, UseCaseError> {
    let environment = &stage.environment_name.0;
    let plan: Option<PlanRow> = match stage.plan_id {
        Some(id) => plans::by_id(transaction, *id).await?,
        None => None,
    };
    let class = context.class(plan.as_ref());
    let requirements = context
        .settings
        .policy
        .requirements(tier(stage)?, class, context.direction());
    let held = access.grants.functions_in(environment);
    let only = if held.len() == 1 {
        held.into_iter().next()
    } else {
        None
    };
    let function = approval.function.clone().or(only);
    let given: Vec<_> = context.approvals(class).collect();
    let current = plan
        .as_ref()
        .map(|plan| (plan.digest.as_str(), plan.effects_digest.as_str()));
    let request = ApprovalRequest {
        user: caller.user(),
        grants: &access.grants,
        function: function.as_ref(),
        environment,
        seen_plan_digest: approval.plan_digest.as_deref(),
        current_plan: current,
        requester: *context.change.requester_id,
        class,
        requirements: &requirements,
        approvals: &given,
    };
    if let Err(refused) = decide_approval(&request) {
        return Ok(Err(refused));
    }
    let (digest, effects_digest) =
        current.ok_or_else(|| UseCaseError::conflict("there is no plan to approve"))?;
    let (id, change) = (ApprovalId::new(new_uuid()), &context.change);
    let name = function.as_ref().map(Function::as_str);
    let (user, at) = (caller.user(), app.now());
    approvals::insert(
        transaction,
        id,
        *change.id,
        *stage.environment_id,
        user,
        name,
        digest,
        effects_digest,
        &approval.comment,
        at,
    )
    .await?;
    let details =
        json!({"environment": environment, "function": name, "plan": digest, "comment": approval.comment});
    let (chain, key) = (Chain::Project(*change.project_id), super::key(change).to_string());
    app.record(
        transaction,
        chain,
        caller.name().as_str(),
        "change.approve",
        &key,
        details,
    )
    .await?;
    Ok(Ok(()))
}

/// The refusal that people can act on first: that of the first environment in which the plan that was seen is
/// the current one.
fn refusal(mut refused: Vec<ApprovalRefused>, key: &ChangeKey) -> UseCaseError {
    let other_plan = |refused: &ApprovalRefused| matches!(refused, ApprovalRefused::PlanReplaced { .. });
    let first = refused
        .iter()
        .position(|refused| !other_plan(refused))
        .unwrap_or(0);
    let refused = refused.swap_remove(first);
    let text = refused.to_string();
    match refused {
        ApprovalRefused::PlanNotNamed { .. } => UseCaseError::invalid(text).hint(format!(
            "`lockkeeper change approve {key}` shows each plan and names it; a program finds its digest in the \
             change, and sends it as `plan_digest`"
        )),
        ApprovalRefused::PlanReplaced { .. } => {
            UseCaseError::conflict(text).hint(format!("`lockkeeper change show {key}`"))
        }
        ApprovalRefused::NoPlan { .. } | ApprovalRefused::AlreadyApproved { .. } => {
            UseCaseError::conflict(text)
        }
        _ => UseCaseError::forbidden(text),
    }
}
