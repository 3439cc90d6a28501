use lockkeeper_domain::role::Permission;
use lockkeeper_domain::state_lock::only_looks;
use lockkeeper_store::tables::state_locks::{self, LockRow};
use lockkeeper_store::tables::states;
use serde_json::json;

use super::access::{StateAddress, check_reason, require_taken};
use crate::app::Chain;
use crate::{App, Caller, UseCaseError};

/// Says of one state whether only runs of approved changes write it, whatever its environment says.
///
/// # Errors
/// Forbidden without the administrator's role; invalid without a reason; a conflict when a person who holds the lock
/// could not write any more what they are about to write.
pub async fn protect_state(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    protected: bool,
    reason: &str,
) -> Result<(), UseCaseError> {
    let reason = check_reason(reason)?;
    let mut transaction = app.database.write().await?;
    let (granted, state) = require_taken(&mut transaction, caller, address, Permission::Administer).await?;
    if protected && let Some(lock) = state_locks::of_state(&mut transaction, state).await? {
        refuse_stranding(address, &lock)?;
    }
    states::set_protected(&mut transaction, state, Some(protected)).await?;
    let action = if protected {
        "state.protect"
    } else {
        "state.unprotect"
    };
    let (chain, actor) = (Chain::Project(granted.project), caller.name().as_str());
    app.record(
        &mut transaction,
        chain,
        actor,
        action,
        &address.subject(),
        json!({"reason": reason}),
    )
    .await?;
    transaction.commit().await?;
    Ok(())
}

/// Refuses to protect what a person is about to write: what they have altered by then could not be stored.
fn refuse_stranding(address: &StateAddress, lock: &LockRow) -> Result<(), UseCaseError> {
    let held = lock.held();
    if held.holder.run.is_some() || only_looks(&held.description.operation) {
        return Ok(());
    }
    let StateAddress {
        environment, stack, ..
    } = address;
    let detail = format!(
        "{} holds the lock of {stack} in {environment}, for {} as {}, and could not write the state any more",
        lock.user_name.0, held.description.operation, held.description.who
    );
    Err(UseCaseError::conflict(detail).hint(format!(
        "wait until it is released; if its holder is gone: `lockkeeper state unlock {environment} {stack} --reason TEXT`"
    )))
}
