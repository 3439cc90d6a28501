use bytes::Bytes;
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::run::RunKind;
use lockkeeper_domain::state_version::{
    NewestVersion, StateFacts, VersionOrigin, WriteDecision, WriteRefused, decide_write,
};
use lockkeeper_store::Transaction;
use lockkeeper_store::blobs::NewBlob;
use lockkeeper_store::tables::runs;
use lockkeeper_store::tables::states::{self, StandingRow};

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
    let granted = require(&mut transaction, caller, address, Permission::WriteState).await?;
    refuse_plan(&mut transaction, caller).await?;
    let standing = standing(&mut transaction, granted).await?;
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
    if decide(standing.as_ref(), caller, &write, &incoming)? == WriteDecision::AlreadyStored {
        return Ok(());
    }
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

async fn standing(
    transaction: &mut Transaction,
    granted: GrantedState,
) -> Result<Option<StandingRow>, UseCaseError> {
    Ok(match granted.state {
        None => None,
        Some(state) => states::standing(transaction, state).await?,
    })
}

/// Decides by what is there; a refusal is an error.
fn decide(
    standing: Option<&StandingRow>,
    caller: &Caller,
    write: &StateWrite,
    incoming: &NewestVersion,
) -> Result<WriteDecision, UseCaseError> {
    let held = standing.and_then(StandingRow::held);
    let newest = match standing {
        None => None,
        Some(standing) => standing
            .newest()
            .map_err(|_| UseCaseError::internal("a state version is damaged"))?,
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
    let standing = standing(&mut transaction, granted).await?;
    if decide(standing.as_ref(), caller, write, incoming)? == WriteDecision::AlreadyStored {
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
