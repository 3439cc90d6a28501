use lockkeeper_domain::change::ChangeStatus;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::changes::{self, ChangeRow};

use crate::{Access, App, Caller, UseCaseError};

/// Changes of a project, newest first, below the number given.
///
/// # Errors
/// Not found when the caller holds nothing in the project.
pub async fn list_changes(
    app: &App,
    caller: &Caller,
    project: &Name,
    status: Option<ChangeStatus>,
    below: i64,
    limit: i64,
) -> Result<Vec<ChangeRow>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let project = *Access::require(&mut transaction, caller, project, Permission::Read)
        .await?
        .project
        .id;
    Ok(match status {
        Some(status) => changes::page_with_status(&mut transaction, project, status, below, limit).await?,
        None => changes::page(&mut transaction, project, below, limit).await?,
    })
}
