use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::stack::Stack;

use crate::repository::Repository;
use crate::{Access, App, Caller, UseCaseError};

/// The stacks that the repository's default branch declares.
///
/// # Errors
/// Not found when the caller holds nothing in the project; invalid or unavailable when the repository
/// or its configuration cannot be read.
pub async fn list_stacks(app: &App, caller: &Caller, project: &Name) -> Result<Vec<Stack>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    drop(transaction);
    let repository = Repository::fetched(app, &access.project).await?;
    Ok(repository.settings().await?.stacks)
}
