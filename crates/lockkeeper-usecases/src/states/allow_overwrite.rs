use jiff::{SignedDuration, Timestamp};
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::state_overwrite_leaves;
use serde_json::json;

use super::access::{StateAddress, check_reason, ensure, refuse_protected, require};
use crate::app::Chain;
use crate::{App, Caller, UseCaseError};

/// The longest leave.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);

/// Gives the caller leave for one write below the newest serial or of another lineage, until the time that is
/// answered. Terraform cannot say that a push is forced, so it is said here, before.
///
/// # Errors
/// Forbidden without the role; protected when only runs write the state; invalid without a reason, or for
/// longer than an hour.
pub async fn allow_overwrite(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    reason: &str,
    valid_for: SignedDuration,
) -> Result<Timestamp, UseCaseError> {
    let reason = check_reason(reason)?;
    if valid_for <= SignedDuration::ZERO || valid_for > LONGEST {
        return Err(UseCaseError::invalid(
            "a leave to overwrite lasts from one second to one hour",
        ));
    }
    let mut transaction = app.database.write().await?;
    let granted = require(&mut transaction, caller, address, Permission::OverwriteState).await?;
    if granted.protected {
        return Err(refuse_protected(address));
    }
    let state = ensure(&mut transaction, granted, address).await?;
    let now = app.now();
    let until = now
        .checked_add(valid_for)
        .map_err(|_| UseCaseError::invalid("the leave would end after the end of time"))?;
    state_overwrite_leaves::insert(&mut transaction, state, caller.user(), reason, now, until).await?;
    let details = json!({"reason": reason, "until": until});
    let (chain, actor) = (Chain::Project(granted.project), caller.name().as_str());
    app.record(
        &mut transaction,
        chain,
        actor,
        "state.allow-overwrite",
        &address.subject(),
        details,
    )
    .await?;
    transaction.commit().await?;
    Ok(until)
}
