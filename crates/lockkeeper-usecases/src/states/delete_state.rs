use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::{state_locks, states};
use serde_json::json;

use super::access::{StateAddress, require};
use super::lock_state::locked;
use crate::app::Chain;
use crate::{App, Caller, UseCaseError};

/// Deletes a state: reading it finds nothing afterwards. Its versions are kept.
///
/// # Errors
/// Locked when anybody holds its lock; forbidden without the role.
pub async fn delete_state(app: &App, caller: &Caller, address: &StateAddress) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    let granted = require(&mut transaction, caller, address, Permission::Administer).await?;
    let Some(state) = granted.state else {
        return Ok(());
    };
    states::take(&mut transaction, state).await?;
    if let Some(lock) = state_locks::of_state(&mut transaction, state).await? {
        return Err(locked(Some(lock.held().description)));
    }
    states::clear(&mut transaction, state).await?;
    let (chain, actor) = (Chain::State(granted.project, state), caller.name().as_str());
    app.record(
        &mut transaction,
        chain,
        actor,
        "state.delete",
        &address.subject(),
        json!({}),
    )
    .await?;
    transaction.commit().await?;
    Ok(())
}
