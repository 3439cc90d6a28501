use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::environments::{self, EnvironmentRow};
use serde_json::json;

use crate::app::Chain;
use crate::{Access, App, Caller, UseCaseError};

/// Says whether the states of an environment are written by runs of approved changes only. What is said of a
/// single state goes before.
///
/// # Errors
/// Forbidden without the administrator's role in the environment; not found for the environment.
pub async fn protect_states(
    app: &App,
    caller: &Caller,
    project: &Name,
    environment: &Name,
    protected: bool,
) -> Result<EnvironmentRow, UseCaseError> {
    let mut transaction = app.database.write().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Administer).await?;
    access.require_in(caller, Permission::Administer, environment)?;
    let project = *access.project.id;
    let mut row = super::list_environments::find(&mut transaction, project, environment).await?;
    if row.states_protected == protected {
        return Ok(row);
    }
    environments::set_states_protected(&mut transaction, *row.id, protected).await?;
    row.states_protected = protected;
    let details = json!({"states_protected": protected});
    let (chain, actor) = (Chain::Project(project), caller.name().as_str());
    app.record(
        &mut transaction,
        chain,
        actor,
        "environment.edit",
        environment.as_str(),
        details,
    )
    .await?;
    transaction.commit().await?;
    Ok(row)
}
