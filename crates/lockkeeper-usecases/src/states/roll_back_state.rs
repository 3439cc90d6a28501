use lockkeeper_domain::state_version::{StateFacts, VersionOrigin, renumbered};
use lockkeeper_store::tables::states;

use super::access::{StateAddress, check_reason, require_overwrite, take_unlocked};
use super::keep_version::{NewVersion, keep_version};
use super::read_version;
use super::write_state::read_body;
use crate::{App, Caller, UseCaseError};

/// Makes an older version the newest one again, under a new serial, and answers that. The objects themselves are
/// not touched: it mends a state, it undoes no change.
///
/// # Errors
/// Not found for the version; locked when anybody holds the lock; forbidden without the operator's role, or of a
/// protected state the administrator's; a conflict when OpenTofu encrypted the version.
pub async fn roll_back_state(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    serial: i64,
    reason: &str,
) -> Result<i64, UseCaseError> {
    let reason = check_reason(reason)?;
    let mut transaction = app.database.read().await?;
    require_overwrite(&mut transaction, caller, address).await?;
    drop(transaction);
    let old = read_version(app, caller, address, serial).await?;
    let mut transaction = app.database.write().await?;
    let granted = require_overwrite(&mut transaction, caller, address).await?;
    let state = granted
        .state
        .ok_or_else(|| UseCaseError::not_found("the state is gone"))?;
    take_unlocked(&mut transaction, state).await?;
    let newest = states::newest(&mut transaction, state).await?;
    let highest = newest.map_or(serial, |newest| newest.serial.max(serial));
    let facts = StateFacts {
        serial: highest.saturating_add(1),
        lineage: old.version.lineage.clone(),
    };
    let body = renumbered(&old.body, &facts).map_err(|error| {
        UseCaseError::conflict(format!("version {serial} cannot be made the newest: {error}"))
            .hint("pull it, and push it with OpenTofu, which has the key")
    })?;
    let read = read_body(&body)?;
    let (size, md5) = (body.len(), read.version.md5);
    let blob = app.blobs.put(body).await?;
    let version = NewVersion {
        facts: &facts,
        resources: read.resources.as_deref(),
        size,
        md5,
        blob: &blob,
        origin: VersionOrigin::Rollback,
        origin_serial: Some(serial),
        reason: Some(reason),
    };
    keep_version(app, &mut transaction, caller, granted, address, state, version).await?;
    transaction.commit().await?;
    Ok(facts.serial)
}
