use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::states;
use serde_json::json;

use super::access::{StateAddress, check_reason, require_taken};
use crate::app::Chain;
use crate::{App, Caller, UseCaseError};

/// Says of one state whether only runs of approved changes write it, whatever its environment says.
///
/// # Errors
/// Forbidden without the administrator's role; invalid without a reason.
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
