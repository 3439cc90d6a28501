use lockkeeper_domain::id::ProjectId;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::environments::{self, EnvironmentRow};

use crate::{Access, App, Caller, UseCaseError};

/// The environments of a project, oldest first.
///
/// # Errors
/// Not found when the caller holds nothing in the project.
pub async fn list_environments(
    app: &App,
    caller: &Caller,
    project: &Name,
) -> Result<Vec<EnvironmentRow>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    Ok(environments::of_project(&mut transaction, *access.project.id).await?)
}

pub(crate) async fn find(
    transaction: &mut Transaction,
    project: ProjectId,
    name: &Name,
) -> Result<EnvironmentRow, UseCaseError> {
    environments::by_name(transaction, project, name)
        .await?
        .ok_or_else(|| {
            UseCaseError::not_found(format!("there is no environment `{name}` in this project"))
                .hint("`lockkeeper environment list` shows them")
        })
}
