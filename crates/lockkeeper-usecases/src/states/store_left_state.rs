use bytes::Bytes;
use lockkeeper_domain::id::{RunId, StateId};
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::state_version::{VersionOrigin, WriteDecision, as_first_version, succeeds};
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::state_locks;
use lockkeeper_store::tables::states::{self, StateVersionRow};

use super::access::{StateAddress, refuse_written, require, require_taken};
use super::keep_version::{NewVersion, keep_version};
use super::lock_state::locked;
use super::write_state::{newest_version, read_body};
use crate::{App, Caller, UseCaseError};

/// A state that the tool of an apply could not store.
#[derive(Debug, Clone)]
pub(crate) struct LeftState {
    /// The apply.
    pub(crate) run: RunId,
    /// The serial of the state when the apply began.
    pub(crate) serial_before: Option<i64>,
    /// The body.
    pub(crate) body: Bytes,
}

/// Keeps a state that the tool of an apply left behind, with the rights of that run, whether it has ended or not, and
/// answers its serial. The caller has a turn of [`App::whole_states`].
///
/// # Errors
/// Locked when anybody else holds the lock; a conflict when anybody else wrote the state since the apply began, or
/// when its serial or lineage does not follow; invalid when it is no state.
pub(crate) async fn store_left_state(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    left: LeftState,
) -> Result<i64, UseCaseError> {
    // A lineage that follows from the run: the same file is the same version, however often it is tried.
    let first = as_first_version(&left.body, &left.run.to_string());
    let first = first.map_err(|error| UseCaseError::invalid(error.to_string()))?;
    let body = first.map_or_else(|| left.body.clone(), Bytes::from);
    let read = read_body(&body)?;
    let (incoming, size) = (read.version, body.len());
    let mut transaction = app.database.read().await?;
    let granted = require(&mut transaction, caller, address, Permission::WriteState).await?;
    let newest = granted.newest(&mut transaction).await?;
    drop(transaction);
    let before = newest.as_ref().map(|row| row.serial);
    match succeeds(
        newest.as_ref().map(newest_version).transpose()?.as_ref(),
        &incoming,
    ) {
        WriteDecision::AlreadyStored => return Ok(incoming.facts.serial),
        WriteDecision::Refuse(refused) => return Err(UseCaseError::conflict(refused.to_string())),
        WriteDecision::Store | WriteDecision::Overwrite => refuse_written_by_others(newest.as_ref(), &left)?,
    }
    // Before the transaction, which may not wait for a bucket.
    let blob = app.blobs.put(body).await?;
    let mut transaction = app.database.write().await?;
    let (granted, state) = require_taken(&mut transaction, caller, address, Permission::WriteState).await?;
    refuse_lock_of_others(&mut transaction, state, left.run).await?;
    refuse_written(states::newest(&mut transaction, state).await?, before)?;
    let version = NewVersion {
        facts: &incoming.facts,
        inventory: read.inventory.as_ref(),
        size,
        md5: incoming.md5,
        blob: &blob,
        origin: VersionOrigin::Write,
        origin_serial: None,
        reason: None,
    };
    keep_version(app, &mut transaction, caller, granted, address, state, version).await?;
    transaction.commit().await?;
    Ok(incoming.facts.serial)
}

/// A higher serial does not tell that it goes on from what is there: others count up too.
fn refuse_written_by_others(newest: Option<&StateVersionRow>, left: &LeftState) -> Result<(), UseCaseError> {
    let own = newest.is_some_and(|row| row.run_id.is_some_and(|run| *run == left.run));
    if own || newest.map(|row| row.serial) == left.serial_before {
        return Ok(());
    }
    Err(UseCaseError::conflict(
        "somebody else wrote the state since the apply began",
    ))
}

async fn refuse_lock_of_others(
    transaction: &mut Transaction,
    state: StateId,
    run: RunId,
) -> Result<(), UseCaseError> {
    match state_locks::of_state(transaction, state).await? {
        Some(lock) if lock.run_id.is_none_or(|holder| *holder != run) => {
            Err(locked(Some(lock.held().description), None))
        }
        _ => Ok(()),
    }
}
