use lockkeeper_domain::id::ProjectId;
use lockkeeper_domain::name::Name;
use lockkeeper_git::Address;
use lockkeeper_store::tables::projects::{self, ProjectRow};
use serde_json::json;

use crate::app::Chain;
use crate::clock::new_uuid;
use crate::error::refused_as;
use crate::repository::Repository;
use crate::{App, Caller, UseCaseError};

/// Adds a project. The repository is read when it is first needed, so that it may come later; one on
/// this machine is read now, so that its default branch is settled before somebody checks out another.
///
/// # Errors
/// Forbidden to all but the server's administrators; invalid address; a conflict when the name is taken.
pub async fn create_project(
    app: &App,
    caller: &Caller,
    name: &Name,
    repository: &str,
    default_branch: Option<&str>,
) -> Result<ProjectRow, UseCaseError> {
    caller.require_server_admin()?;
    if default_branch.is_some_and(|branch| !is_branch_name(branch)) {
        return Err(UseCaseError::invalid(
            "the default branch is not the name of a branch",
        ));
    }
    let address: Address = repository.parse()?;
    let taken = || UseCaseError::conflict(format!("there is a project `{name}` already"));
    let mut transaction = app.database.write().await?;
    if projects::by_name(&mut transaction, name).await?.is_some() {
        return Err(taken());
    }
    let id = ProjectId::new(new_uuid());
    projects::insert(&mut transaction, id, name, repository, default_branch, app.now())
        .await
        .map_err(|error| refused_as(error, taken))?;
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
    if address.path().is_none() {
        return Ok(project);
    }
    if let Err(error) = Repository::fetched(app, &project).await {
        tracing::info!(%error, project = %name, "the repository cannot be read yet");
    }
    let mut transaction = app.database.read().await?;
    projects::by_id(&mut transaction, id).await?.ok_or_else(taken)
}

/// Whether Git could take the text for a branch; that there is one is seen when it is read.
fn is_branch_name(text: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+' | '@' | '#');
    (1..=200).contains(&text.len())
        && text.chars().all(allowed)
        && !text.starts_with(['-', '/', '.'])
        && !text.contains("..")
}
