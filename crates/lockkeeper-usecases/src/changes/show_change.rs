use lockkeeper_domain::approval::Approval;
use lockkeeper_domain::change::StageStatus;
use lockkeeper_domain::effect::Effect;
use lockkeeper_domain::name::{ChangeKey, Name};
use lockkeeper_domain::role::Permission;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::plans::PlanRow;
use lockkeeper_store::tables::{changes, plans, runs};

use super::record::ResourceLine;
use super::{ChangeRecord, GateContext, StageRecord, load_change};
use crate::repository::Repository;
use crate::{Access, App, Caller, UseCaseError};

/// The most resources that are listed with a change; the plan itself has them all.
const MAX_LISTED: usize = 200;

/// A change with its plans, gates and approvals.
///
/// # Errors
/// Not found when there is none; unavailable when the repository's policy cannot be read.
pub async fn show_change(
    app: &App,
    caller: &Caller,
    project: &Name,
    key: &ChangeKey,
) -> Result<ChangeRecord, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    load_change(&mut transaction, *access.project.id, key).await?;
    // No connection is held while Git answers: a slow repository must not take them all.
    drop(transaction);
    let settings = Repository::recent(app, &access.project).await?.settings().await?;
    let mut transaction = app.database.read().await?;
    let change = load_change(&mut transaction, *access.project.id, key).await?;
    let context = GateContext::load(&mut transaction, settings, change).await?;
    let mut stages = Vec::new();
    let mut effects_before: Option<(Name, Vec<Effect>)> = None;
    for index in 0..context.stages.len() {
        let (record, effects) =
            show_stage(app, &mut transaction, &context, index, effects_before.as_ref()).await?;
        if let Some(effects) = effects {
            effects_before = Some((record.stage.environment_name.0.clone(), effects));
        }
        stages.push(record);
    }
    let computed = stages
        .iter()
        .filter_map(|stage| stage.plan.as_ref())
        .map(|plan| plan.assessment.0.0.class)
        .max();
    let class = computed.max(
        context
            .change
            .declared_class
            .map(|class| class.0)
            .filter(|_| computed.is_some()),
    );
    let rolls_back = match context.change.rolls_back {
        Some(id) => changes::by_id(&mut transaction, *id)
            .await?
            .map(|change| change.change_number),
        None => None,
    };
    let undoing = changes::undoing(&mut transaction, *context.change.id).await?;
    let rolled_back_by = undoing.map(|change| change.change_number);
    Ok(ChangeRecord {
        change: context.change,
        class,
        stages,
        ticks: context.ticks,
        rolls_back,
        rolled_back_by,
    })
}

async fn show_stage(
    app: &App,
    transaction: &mut Transaction,
    context: &GateContext,
    index: usize,
    before: Option<&(Name, Vec<Effect>)>,
) -> Result<(StageRecord, Option<Vec<Effect>>), UseCaseError> {
    let stage = context
        .stages
        .get(index)
        .cloned()
        .ok_or_else(|| UseCaseError::internal("a stage is gone"))?;
    let plan = match stage.plan_id {
        Some(id) => plans::by_id(transaction, *id).await?,
        None => None,
    };
    let run = match stage.run_id {
        Some(id) => runs::by_id(transaction, *id).await?,
        None => None,
    };
    let waits = matches!(
        *stage.status,
        StageStatus::Planning | StageStatus::PlanFailed | StageStatus::Planned | StageStatus::Scheduled
    );
    // What was applied was approved by those who could approve it then.
    let (gates, mut approvals): (_, Vec<Approval>) = if waits && !context.change.status.is_final() {
        let class = context.class(plan.as_ref());
        let gates = context.gates(transaction, &stage, app.now()).await?;
        (gates, context.approvals(class).collect())
    } else {
        (Vec::new(), context.recorded_approvals().collect())
    };
    approvals.retain(|approval| approval.environment == *stage.environment_name);
    let effects = match &plan {
        Some(plan) => Some(read_effects(app, plan).await?),
        None => None,
    };
    let differences = match (before, &effects) {
        (Some((environment, before)), Some(effects)) => {
            let differences = lockkeeper_plan::equality::compare(before, effects);
            differences
                .0
                .into_iter()
                .map(|difference| format!("{} (compared with {environment})", difference.text))
                .collect()
        }
        _ => Vec::new(),
    };
    let resources = effects.iter().flatten().take(MAX_LISTED).map(line).collect();
    let resource_count = effects.as_ref().map_or(0, Vec::len);
    Ok((
        StageRecord {
            stage,
            plan,
            run,
            gates,
            approvals,
            resources,
            resource_count,
            differences,
        },
        effects,
    ))
}

fn line(effect: &Effect) -> ResourceLine {
    ResourceLine {
        sign: effect.action.sign(),
        address: effect.address.clone(),
        deposed: effect.deposed.clone(),
        resource_type: effect.resource_type.clone(),
        action: effect.action.to_string(),
        reason: effect.action_reason.clone(),
    }
}

/// The effects of a plan, from their blob.
pub(crate) async fn read_effects(app: &App, plan: &PlanRow) -> Result<Vec<Effect>, UseCaseError> {
    let content = app.blobs.get(&plan.effects_blob).await?;
    serde_json::from_slice(&content)
        .map_err(|error| UseCaseError::internal(format!("the effects of a plan cannot be read: {error}")))
}
