use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_git::Address;
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

/// The repository's address as people may see it: without credentials.
pub fn shown_repository(project: &ProjectRow) -> String {
    match project.repository.parse::<Address>() {
        Ok(address) => address.to_string(),
        // It was an address when it was stored; if it is none now, nothing of it is shown.
        Err(_) => "[unreadable]".to_owned(),
    }
}
