use lockkeeper_domain::state_version::{StateFacts, VersionName, VersionOrigin, next_serial, renumbered};
use lockkeeper_store::tables::states;

use super::access::{StateAddress, check_reason, refuse_written, require_overwrite, take_unlocked};
use super::keep_version::{NewVersion, keep_version};
use super::read_state::size;
use super::read_version;
use super::write_state::read_body;
use crate::whole_states::Handling;
use crate::{App, Caller, UseCaseError};

/// Makes an older version the newest one again, under a new serial, and answers that. The objects themselves are
/// not touched: it mends a state, it undoes no change.
///
/// # Errors
/// Not found for the version; a conflict when several have that serial, or OpenTofu encrypted it; locked when anybody
/// holds the lock; forbidden without the operator's role, or of a protected state the administrator's.
pub async fn roll_back_state(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    version: VersionName,
    reason: &str,
) -> Result<i64, UseCaseError> {
    let reason = check_reason(reason)?;
    let mut transaction = app.database.read().await?;
    let granted = require_overwrite(&mut transaction, caller, address).await?;
    let state = granted
        .state
        .ok_or_else(|| UseCaseError::not_found("the state is gone"))?;
    let newest = states::newest(&mut transaction, state)
        .await?
        .map(|newest| newest.serial);
    drop(transaction);
    let old = read_version(app, caller, address, version).await?;
    let serial = old.version.serial;
    let facts = StateFacts {
        serial: next_serial(newest.map_or(serial, |newest| newest.max(serial)))?,
        lineage: old.version.lineage.clone(),
    };
    let turn = app
        .whole_states
        .turn(size(&old.version), Handling::Renumber)
        .await;
    let body = renumbered(&old.body.bytes().await?, &facts).map_err(|error| {
        UseCaseError::conflict(format!("version {version} cannot be made the newest: {error}"))
            .hint("pull it, and push it with OpenTofu, which has the key")
    })?;
    let read = read_body(&body)?;
    let (size, md5) = (body.len(), read.version.md5);
    // Before the transaction, which may not wait for a bucket.
    let blob = app.blobs.put(body).await?;
    drop(turn);
    let mut transaction = app.database.write().await?;
    take_unlocked(app, &mut transaction, state).await?;
    let granted = require_overwrite(&mut transaction, caller, address).await?;
    refuse_written(states::newest(&mut transaction, state).await?, newest)?;
    let version = NewVersion {
        facts: &facts,
        inventory: read.inventory.as_ref(),
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
