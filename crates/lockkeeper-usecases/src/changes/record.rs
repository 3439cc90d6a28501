//! A change with all that belongs to it.

use lockkeeper_domain::approval::Approval;
use lockkeeper_domain::gate::Gate;
use lockkeeper_domain::id::{EnvironmentId, ProjectId};
use lockkeeper_domain::name::{ChangeKey, Name};
use lockkeeper_domain::risk::RiskClass;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::changes::{self, ChangeRow};
use lockkeeper_store::tables::plans::PlanRow;
use lockkeeper_store::tables::runs::RunRow;
use lockkeeper_store::tables::stages::{self, StageRow};
use lockkeeper_store::tables::ticks::TickRow;

use crate::{App, UseCaseError};

/// A change with its stages, gates and approvals.
#[derive(Debug, Clone)]
pub struct ChangeRecord {
    /// The change.
    pub change: ChangeRow,
    /// The class: the highest of its plans, or the declared one when that is higher. None before the
    /// first plan.
    pub class: Option<RiskClass>,
    /// Its environments, in the order of promotion.
    pub stages: Vec<StageRecord>,
    /// Checks that people ticked.
    pub ticks: Vec<TickRow>,
    /// The number of the change that this one undoes.
    pub rolls_back: Option<i64>,
    /// The number of the change that undoes this one.
    pub rolled_back_by: Option<i64>,
}

/// A change in one environment.
#[derive(Debug, Clone)]
pub struct StageRecord {
    /// How far it is.
    pub stage: StageRow,
    /// The current plan.
    pub plan: Option<PlanRow>,
    /// The newest run.
    pub run: Option<RunRow>,
    /// The gates; none once it is applied.
    pub gates: Vec<Gate>,
    /// The approvals, void ones included.
    pub approvals: Vec<Approval>,
    /// What is touched, for the list of resources; its first 200.
    pub resources: Vec<ResourceLine>,
    /// How many resources are touched in all.
    pub resource_count: usize,
    /// How the effects differ from those of the environment that this one promotes from.
    pub differences: Vec<String>,
}

/// One resource that a plan touches, in short.
#[derive(Debug, Clone)]
pub struct ResourceLine {
    /// `+`, `~`, `-` ...
    pub sign: &'static str,
    /// The address.
    pub address: String,
    /// The key of a deposed object, which shares its address with the live one.
    pub deposed: Option<String>,
    /// The type.
    pub resource_type: String,
    /// What is done, as a verb.
    pub action: String,
    /// Why, where the tool says so.
    pub reason: Option<String>,
}

/// The change of that key.
///
/// # Errors
/// Not found when the project has none.
pub(crate) async fn load_change(
    transaction: &mut Transaction,
    project: ProjectId,
    key: &ChangeKey,
) -> Result<ChangeRow, UseCaseError> {
    let not_found = || {
        UseCaseError::not_found(format!("there is no change {key} in this project"))
            .hint("`lockkeeper change list` shows them")
    };
    if key.prefix() != ChangeKey::TERRAFORM_PREFIX {
        return Err(not_found());
    }
    changes::by_number(transaction, project, i64::from(key.number()))
        .await?
        .ok_or_else(not_found)
}

/// The change of that key, for alteration: who alters the same one waits until the end of the transaction, and
/// what is read of it and of its stages afterwards cannot change until then.
///
/// # Errors
/// Not found when the project has none.
pub(crate) async fn take_change(
    app: &App,
    transaction: &mut Transaction,
    project: ProjectId,
    key: &ChangeKey,
) -> Result<ChangeRow, UseCaseError> {
    let found = load_change(transaction, project, key).await?;
    changes::take(transaction, *found.id, app.now()).await?;
    // What was read before it was taken may be old.
    load_change(transaction, project, key).await
}

/// The stage of a change in the environment of that name.
///
/// # Errors
/// Not found when the change does not go through it.
pub(crate) async fn load_stage(
    transaction: &mut Transaction,
    change: &ChangeRow,
    environment: &Name,
) -> Result<StageRow, UseCaseError> {
    let stages = stages::of_change(transaction, *change.id).await?;
    let known: Vec<String> = stages
        .iter()
        .map(|stage| stage.environment_name.to_string())
        .collect();
    stages
        .into_iter()
        .find(|stage| *stage.environment_name == *environment)
        .ok_or_else(|| {
            UseCaseError::not_found(format!("the change does not go through `{environment}`"))
                .hint(format!("its environments are: {}", known.join(", ")))
        })
}

/// The readable key of a change.
pub(crate) fn key(change: &ChangeRow) -> ChangeKey {
    ChangeKey::terraform(u32::try_from(change.change_number).unwrap_or(u32::MAX))
}

/// The stage of a change in the environment.
pub(crate) async fn stage_in(
    transaction: &mut Transaction,
    change: &ChangeRow,
    environment: EnvironmentId,
) -> Result<StageRow, UseCaseError> {
    let stages = stages::of_change(transaction, *change.id).await?;
    let found = stages
        .into_iter()
        .find(|stage| *stage.environment_id == environment);
    found.ok_or_else(|| UseCaseError::internal("the stage of a run is gone"))
}
