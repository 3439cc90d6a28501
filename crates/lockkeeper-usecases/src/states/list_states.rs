use lockkeeper_domain::id::StateId;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::state_locks::{self, LockRow};
use lockkeeper_store::tables::states::{self, StateListRow};

use crate::{Access, App, Caller, UseCaseError};

/// A state in a list.
#[derive(Debug, Clone)]
pub struct StateListing {
    /// The state.
    pub state: StateListRow,
    /// Its lock.
    pub lock: Option<LockRow>,
}

/// The states of a project, behind the one given.
///
/// # Errors
/// Not found when the caller holds nothing in the project.
pub async fn list_states(
    app: &App,
    caller: &Caller,
    project: &Name,
    after: StateId,
    limit: i64,
) -> Result<Vec<StateListing>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    let mut listings = Vec::new();
    for state in states::page(&mut transaction, *access.project.id, after, limit).await? {
        let lock = state_locks::of_state(&mut transaction, *state.id).await?;
        listings.push(StateListing { state, lock });
    }
    Ok(listings)
}
