use lockkeeper_domain::id::ProjectId;
use lockkeeper_domain::name::Name;
use lockkeeper_git::Address;
use lockkeeper_store::tables::projects::{self, ProjectRow};
use serde_json::json;

use crate::app::Chain;
use crate::clock::new_uuid;
use crate::{App, Caller, UseCaseError};

/// Adds a project. The repository is read when it is first needed, so that it may come later.
///
/// # Errors
/// Forbidden to all but the server's administrators; invalid address; a conflict when the name is taken.
pub async fn create_project(
    app: &App,
    caller: &Caller,
    name: &Name,
    repository: &str,
) -> Result<ProjectRow, UseCaseError> {
    caller.require_server_admin()?;
    let address: Address = repository.parse()?;
    let taken = || UseCaseError::conflict(format!("there is a project `{name}` already"));
    let mut transaction = app.database.write().await?;
    if projects::by_name(&mut transaction, name).await?.is_some() {
        return Err(taken());
    }
    let id = ProjectId::new(new_uuid());
    projects::insert(&mut transaction, id, name, repository, app.now()).await?;
    let details = json!({"repository": address.to_string()});
    let actor = caller.name().as_str();
    app.record(
        &mut transaction,
        Chain::Server,
        actor,
        "project.create",
        name.as_str(),
        details.clone(),
    )
    .await?;
    app.record(
        &mut transaction,
        Chain::Project(id),
        actor,
        "project.create",
        name.as_str(),
        details,
    )
    .await?;
    let project = projects::by_id(&mut transaction, id).await?.ok_or_else(taken)?;
    transaction.commit().await?;
    Ok(project)
}
