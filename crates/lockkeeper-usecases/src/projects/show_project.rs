use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::projects::ProjectRow;

use crate::{Access, App, Caller, UseCaseError};

/// A project.
///
/// # Errors
/// Not found when it is not there, or the caller holds nothing in it.
pub async fn show_project(app: &App, caller: &Caller, name: &Name) -> Result<ProjectRow, UseCaseError> {
    let mut transaction = app.database.read().await?;
    Ok(Access::require(&mut transaction, caller, name, Permission::Read)
        .await?
        .project)
}
