use bytes::Bytes;
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::run::RunKind;
use lockkeeper_domain::state_version::{
    NewestVersion, StateFacts, VersionOrigin, WriteDecision, WriteRefused, decide_write,
};
use lockkeeper_store::Transaction;
use lockkeeper_store::blobs::NewBlob;
use lockkeeper_store::tables::{runs, state_locks, states};

use super::access::{GrantedState, StateAddress, ensure, require};
use super::keep_version::{NewVersion, keep_version, md5_of};
use super::lock_state::locked;
use crate::{App, Caller, ErrorKind, UseCaseError};

/// A state to write.
#[derive(Debug, Clone)]
pub struct StateWrite {
    /// The body, kept byte for byte.
    pub body: Bytes,
    /// The lock under which it is written, from `?ID=`.
    pub lock_id: Option<String>,
    /// The MD5 that the client says the body has.
    pub md5: Option<[u8; 16]>,
}

/// Keeps a new version of a state.
///
/// # Errors
/// Locked or a conflict when the caller does not hold the lock, the serial is old or the lineage is
/// another; invalid when the body is no state or was damaged on the way.
pub async fn write_state(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    write: StateWrite,
) -> Result<(), UseCaseError> {
    let limit = app.settings.max_state_bytes;
    if write.body.len() > limit {
        return Err(UseCaseError::new(
            ErrorKind::TooLarge,
            format!("a state has at most {limit} bytes here"),
        )
        .hint("raise limits.state_bytes in the server's configuration, or split the stack"));
    }
    // What a caller may not write is not even looked at: the check comes before the work.
    let mut transaction = app.database.read().await?;
    require(&mut transaction, caller, address, Permission::WriteState).await?;
    drop(transaction);

    let body = write.body.clone();
    let read = tokio::task::spawn_blocking(move || facts_and_digest(&body)).await;
    let incoming =
        read.map_err(|error| UseCaseError::internal(format!("the state could not be read: {error}")))??;
    if write.md5.is_some_and(|said| said != incoming.md5) {
        return Err(UseCaseError::invalid(
            "the body is not what its Content-MD5 says: it was damaged on the way",
        )
        .hint("send it again"));
    }
    // Refused writes are many when a lock was lost; they must not leave blobs behind.
    let mut transaction = app.database.read().await?;
    let granted = require(&mut transaction, caller, address, Permission::WriteState).await?;
    refuse_plan(&mut transaction, caller).await?;
    if decide(&mut transaction, caller, granted, &write, &incoming).await? == WriteDecision::AlreadyStored {
        return Ok(());
    }
    drop(transaction);
    let blob = app.blobs.put(write.body.clone()).await?;
    keep(app, caller, address, &write, &incoming, &blob).await
}

/// A plan locks and reads. It runs code that nobody has approved yet, which must not write the state.
async fn refuse_plan(transaction: &mut Transaction, caller: &Caller) -> Result<(), UseCaseError> {
    let Caller::Run { run, .. } = caller else {
        return Ok(());
    };
    let row = runs::by_id(transaction, *run).await?;
    if row.is_some_and(|row| *row.kind == RunKind::Apply && !row.status.has_ended()) {
        return Ok(());
    }
    Err(UseCaseError::forbidden(
        "the token of a run that plans is good for reading and locking its state, not for writing it",
    ))
}

fn facts_and_digest(body: &[u8]) -> Result<NewestVersion, UseCaseError> {
    let facts = StateFacts::parse(body).map_err(|error| UseCaseError::invalid(error.to_string()))?;
    Ok(NewestVersion {
        facts,
        md5: md5_of(body),
    })
}

/// Decides by what is there; a refusal is an error.
async fn decide(
    transaction: &mut Transaction,
    caller: &Caller,
    granted: GrantedState,
    write: &StateWrite,
    incoming: &NewestVersion,
) -> Result<WriteDecision, UseCaseError> {
    let (lock, newest) = match granted.state {
        None => (None, None),
        Some(state) => (
            state_locks::of_state(transaction, state).await?,
            states::newest(transaction, state).await?,
        ),
    };
    let held = lock.as_ref().map(|row| row.held());
    let newest = match newest {
        None => None,
        Some(row) => Some(NewestVersion {
            md5: row
                .md5
                .as_slice()
                .try_into()
                .map_err(|_| UseCaseError::internal("a state version is damaged"))?,
            facts: StateFacts {
                serial: row.serial,
                lineage: row.lineage,
            },
        }),
    };
    match decide_write(
        held.as_ref(),
        write.lock_id.as_deref(),
        caller.holder(),
        newest.as_ref(),
        incoming,
    ) {
        WriteDecision::Refuse(WriteRefused::LockedByOther) => Err(locked(held.map(|held| held.description))),
        WriteDecision::Refuse(refused) => Err(UseCaseError::conflict(refused.to_string())),
        decision => Ok(decision),
    }
}

async fn keep(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    write: &StateWrite,
    incoming: &NewestVersion,
    blob: &NewBlob,
) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    let mut granted = require(&mut transaction, caller, address, Permission::WriteState).await?;
    refuse_plan(&mut transaction, caller).await?;
    let state = ensure(&mut transaction, granted, address).await?;
    granted.state = Some(state);
    // Taken before it is read: what is decided on cannot change until the commit.
    states::take(&mut transaction, state).await?;
    if decide(&mut transaction, caller, granted, write, incoming).await? == WriteDecision::AlreadyStored {
        return Ok(());
    }
    let version = NewVersion {
        facts: &incoming.facts,
        size: write.body.len(),
        md5: incoming.md5,
        blob,
        origin: VersionOrigin::Write,
        origin_serial: None,
        reason: None,
    };
    keep_version(app, &mut transaction, caller, granted, address, state, version).await?;
    transaction.commit().await?;
    Ok(())
}
