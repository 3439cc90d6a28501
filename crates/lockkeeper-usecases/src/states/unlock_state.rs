use lockkeeper_domain::role::Permission;
use lockkeeper_domain::state_lock::{UnlockDecision, decide_unlock};
use lockkeeper_store::tables::{state_locks, states};
use serde_json::json;

use super::access::{StateAddress, check_reason, require};
use super::lock_state::locked;
use crate::app::Chain;
use crate::{App, Caller, UseCaseError};

/// Unlocks a state; without an identifier it breaks whatever lock there is, which takes the operator's
/// role and is recorded as such, with the reason if one was given.
///
/// # Errors
/// Locked when the lock is another one; forbidden when the caller may not break it.
pub async fn unlock_state(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    id: Option<&str>,
    reason: Option<&str>,
) -> Result<(), UseCaseError> {
    let reason = reason.map(check_reason).transpose()?;
    let mut transaction = app.database.write().await?;
    let granted = require(&mut transaction, caller, address, Permission::WriteState).await?;
    let Some(state) = granted.state else {
        return Ok(());
    };
    states::take(&mut transaction, state).await?;
    let row = state_locks::of_state(&mut transaction, state).await?;
    let current = row.as_ref().map(|row| row.held());
    let action = match decide_unlock(current.as_ref(), id, caller.holder(), granted.may_force) {
        UnlockDecision::Release => "state.unlock",
        UnlockDecision::Break => "state.force-unlock",
        UnlockDecision::AlreadyFree => return Ok(()),
        UnlockDecision::OtherLock => return Err(locked(current.map(|held| held.description), None)),
        UnlockDecision::MayNotBreak => {
            return Err(
                UseCaseError::forbidden("only the holder of a lock, or an operator, may release it")
                    .hint("ask the holder, whom `lockkeeper state list` names, or an operator"),
            );
        }
    };
    state_locks::delete(&mut transaction, state).await?;
    let details = json!({
        "lock": current.as_ref().map(|held| &held.description.id),
        "holder": row.as_ref().map(|row| row.user_name.as_str()),
        "reason": reason,
    });
    let (chain, actor) = (Chain::State(granted.project, state), caller.name().as_str());
    app.record(
        &mut transaction,
        chain,
        actor,
        action,
        &address.subject(),
        details,
    )
    .await?;
    transaction.commit().await?;
    app.signals.lock_given_back();
    Ok(())
}
