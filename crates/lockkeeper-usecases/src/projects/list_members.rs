use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::memberships::{self, MembershipRow};

use crate::{Access, App, Caller, UseCaseError};

/// Who holds what in a project, by name.
///
/// # Errors
/// Not found when the caller holds nothing in the project.
pub async fn list_members(
    app: &App,
    caller: &Caller,
    project: &Name,
    offset: i64,
    limit: i64,
) -> Result<Vec<MembershipRow>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    Ok(memberships::of_project(&mut transaction, *access.project.id, limit, offset).await?)
}
