use lockkeeper_domain::id::StateVersionId;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::states::{self, StateVersionRow};

use super::access::{StateAddress, require};
use crate::{App, Caller, UseCaseError};

/// The versions of a state, newest first, before the one given.
///
/// # Errors
/// Forbidden without the role; not found for the project or the environment.
pub async fn list_versions(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    before: StateVersionId,
    limit: i64,
) -> Result<Vec<StateVersionRow>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    match require(&mut transaction, caller, address, Permission::ReadState)
        .await?
        .state
    {
        Some(state) => Ok(states::page_of_versions(&mut transaction, state, before, limit).await?),
        None => Ok(Vec::new()),
    }
}
