use lockkeeper_domain::role::Permission;
use lockkeeper_domain::state_lock::{LockDecision, LockDescription, decide_lock};
use lockkeeper_store::stored::json_text;
use lockkeeper_store::tables::{state_locks, states};
use serde_json::json;

use super::access::{StateAddress, ensure, require};
use crate::app::Chain;
use crate::{App, Caller, ErrorKind, UseCaseError};

/// How a LOCK ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockOutcome {
    /// The lock was free and is the caller's now.
    Taken,
    /// The caller had it already: the request was repeated.
    AlreadyHeld,
}

/// Locks a state.
///
/// # Errors
/// Locked, with the holder's description, when somebody else has it; forbidden without the role.
pub async fn lock_state(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    requested: &LockDescription,
) -> Result<LockOutcome, UseCaseError> {
    let mut transaction = app.database.write().await?;
    let granted = require(&mut transaction, caller, address, Permission::WriteState).await?;
    let state = ensure(&mut transaction, granted, address).await?;
    states::take(&mut transaction, state).await?;
    let current = state_locks::of_state(&mut transaction, state)
        .await?
        .map(|row| row.held());
    match decide_lock(current.as_ref(), requested, caller.holder()) {
        LockDecision::Take => {}
        LockDecision::AlreadyHeld => return Ok(LockOutcome::AlreadyHeld),
        LockDecision::Conflict => return Err(locked(current.map(|held| held.description))),
    }
    let (holder, description) = (caller.holder(), json_text(requested)?);
    state_locks::insert(
        &mut transaction,
        state,
        &requested.id,
        &description,
        holder.user,
        holder.run,
        app.now(),
    )
    .await?;
    let details = json!({"lock": requested.id, "who": requested.who, "operation": requested.operation, "run": holder.run});
    let (chain, actor) = (Chain::State(granted.project, state), caller.name().as_str());
    app.record(
        &mut transaction,
        chain,
        actor,
        "state.lock",
        &address.subject(),
        details,
    )
    .await?;
    transaction.commit().await?;
    Ok(LockOutcome::Taken)
}

/// The refusal of whoever does not hold the lock.
pub(super) fn locked(holder: Option<LockDescription>) -> UseCaseError {
    match holder {
        Some(holder) => {
            let detail = format!(
                "the state is locked by {} for {} (lock {})",
                holder.who, holder.operation, holder.id
            );
            UseCaseError::new(ErrorKind::Locked(Box::new(holder)), detail)
        }
        None => UseCaseError::conflict("the state is not locked"),
    }
}
