use lockkeeper_domain::id::StateId;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::states::{self, SHARED, StateListRow};

use crate::{Access, App, Caller, UseCaseError};

/// The states of a project that everybody shares, behind the one given.
///
/// # Errors
/// Not found when the caller holds nothing in the project.
pub async fn list_states(
    app: &App,
    caller: &Caller,
    project: &Name,
    after: StateId,
    limit: i64,
) -> Result<Vec<StateListRow>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    Ok(states::page(&mut transaction, *access.project.id, SHARED, after, limit).await?)
}
