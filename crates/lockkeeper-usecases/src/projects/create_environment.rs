use lockkeeper_domain::id::EnvironmentId;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::policy::Tier;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::environments::{self, EnvironmentRow};
use serde_json::json;

use crate::app::Chain;
use crate::clock::new_uuid;
use crate::error::refused_as;
use crate::{Access, App, Caller, UseCaseError};

/// An environment to add.
#[derive(Debug, Clone)]
pub struct NewEnvironment {
    /// The name, which is also the folder's name in the repository.
    pub name: Name,
    /// What it is for.
    pub tier: Tier,
    /// The environment that it promotes from.
    pub promotes_from: Option<Name>,
}

/// Adds an environment. It promotes from one that is there already, so no circle can come about.
///
/// # Errors
/// Forbidden without the role; not found for the environment that it promotes from; a conflict when
/// the name is taken.
pub async fn create_environment(
    app: &App,
    caller: &Caller,
    project: &Name,
    new: &NewEnvironment,
) -> Result<EnvironmentRow, UseCaseError> {
    let mut transaction = app.database.write().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Administer).await?;
    access.require_everywhere(caller, Permission::Administer)?;
    let project = *access.project.id;
    let taken = || UseCaseError::conflict(format!("there is an environment `{}` already", new.name));
    if environments::by_name(&mut transaction, project, &new.name)
        .await?
        .is_some()
    {
        return Err(taken());
    }
    let promotes_from = match &new.promotes_from {
        None => None,
        Some(parent) => Some(
            super::list_environments::find(&mut transaction, project, parent)
                .await?
                .id
                .0,
        ),
    };
    let id = EnvironmentId::new(new_uuid());
    environments::insert(
        &mut transaction,
        id,
        project,
        &new.name,
        new.tier.as_str(),
        promotes_from,
        new.tier == Tier::Production,
        app.now(),
    )
    .await
    .map_err(|error| refused_as(error, taken))?;
    let details = json!({"tier": new.tier, "promotes_from": new.promotes_from});
    let (chain, actor) = (Chain::Project(project), caller.name().as_str());
    app.record(
        &mut transaction,
        chain,
        actor,
        "environment.create",
        new.name.as_str(),
        details,
    )
    .await?;
    let environment = environments::by_id(&mut transaction, id)
        .await?
        .ok_or_else(taken)?;
    transaction.commit().await?;
    Ok(environment)
}
