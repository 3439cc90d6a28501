use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::states;
use serde_json::json;

use super::access::{StateAddress, is_protected, refuse_protected, require, take_unlocked};
use crate::app::Chain;
use crate::{App, Caller, UseCaseError};

/// Deletes a state: reading it finds nothing afterwards. Its versions are kept.
///
/// # Errors
/// Protected when only runs write it; locked when anybody holds its lock; forbidden without the role.
pub async fn delete_state(app: &App, caller: &Caller, address: &StateAddress) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    let granted = require(&mut transaction, caller, address, Permission::Administer).await?;
    let Some(state) = granted.state else {
        return Ok(());
    };
    take_unlocked(app, &mut transaction, state).await?;
    if is_protected(&mut transaction, state, address).await? {
        return Err(refuse_protected(address));
    }
    states::clear(&mut transaction, state).await?;
    app.inventories().forget(&mut transaction, state).await?;
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
