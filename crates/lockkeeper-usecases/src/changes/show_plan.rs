use lockkeeper_domain::effect::Effect;
use lockkeeper_domain::name::{ChangeKey, Name};
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::plans::{self, PlanRow};

use super::{load_change, load_stage};
use crate::{Access, App, Caller, UseCaseError};

/// A plan with its effects.
#[derive(Debug, Clone)]
pub struct PlanDetail {
    /// The plan.
    pub plan: PlanRow,
    /// Every effect, redacted.
    pub effects: Vec<Effect>,
}

/// The current plan of a change in an environment.
///
/// # Errors
/// Not found when there is none.
pub async fn show_plan(
    app: &App,
    caller: &Caller,
    project: &Name,
    key: &ChangeKey,
    environment: &Name,
) -> Result<PlanDetail, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    let change = load_change(&mut transaction, *access.project.id, key).await?;
    let stage = load_stage(&mut transaction, &change, environment).await?;
    let none = || {
        UseCaseError::not_found(format!("{key} has no plan for {environment}"))
            .hint(format!("ask for one: `lockkeeper change plan {key}`"))
    };
    let id = stage.plan_id.ok_or_else(none)?;
    let plan = plans::by_id(&mut transaction, *id).await?.ok_or_else(none)?;
    let effects = super::show_change::read_effects(app, &plan).await?;
    Ok(PlanDetail { plan, effects })
}
