use bytes::Bytes;
use jiff::Timestamp;
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::run::RunKind;
use lockkeeper_domain::state_content::{StateContent, StateResource};
use lockkeeper_domain::state_lock::HeldLock;
use lockkeeper_domain::state_version::{
    NewestVersion, StateFacts, VersionOrigin, WriteDecision, WriteRefused, WriteRules, decide_write,
};
use lockkeeper_store::Transaction;
use lockkeeper_store::blobs::NewBlob;
use lockkeeper_store::tables::states::{self, StandingRow, StateVersionRow};
use lockkeeper_store::tables::{runs, state_overwrite_leaves};

use super::access::{GrantedState, StateAddress, ensure, refuse_protected, require};
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
    let read = tokio::task::spawn_blocking(move || read_body(&body)).await;
    let incoming =
        read.map_err(|error| UseCaseError::internal(format!("the state could not be read: {error}")))??;
    if write.md5.is_some_and(|said| said != incoming.version.md5) {
        return Err(UseCaseError::invalid(
            "the body is not what its Content-MD5 says: it was damaged on the way",
        )
        .hint("send it again"));
    }
    // Refused writes are many when a lock was lost; they must not leave blobs behind.
    let mut transaction = app.database.read().await?;
    let granted = require(&mut transaction, caller, address, Permission::WriteState).await?;
    refuse_plan(&mut transaction, caller).await?;
    let accepted = decide(
        &mut transaction,
        caller,
        address,
        granted,
        &write,
        &incoming.version,
        app.now(),
    )
    .await?;
    if accepted == Accepted::AlreadyStored {
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

/// A body, read.
#[derive(Debug, Clone)]
pub(super) struct Incoming {
    /// Its serial, lineage and digest.
    pub(super) version: NewestVersion,
    /// What stands in it, where that can be read.
    pub(super) resources: Option<Vec<StateResource>>,
}

/// Reads a body.
///
/// # Errors
/// Invalid when it is no state.
pub(super) fn read_body(body: &[u8]) -> Result<Incoming, UseCaseError> {
    let content = StateContent::parse(body).map_err(|error| UseCaseError::invalid(error.to_string()))?;
    Ok(Incoming {
        version: NewestVersion {
            facts: content.facts,
            md5: md5_of(body),
        },
        resources: content.resources,
    })
}

/// Decides by what is there; a refusal is an error.
async fn decide(
    transaction: &mut Transaction,
    caller: &Caller,
    address: &StateAddress,
    granted: GrantedState,
    write: &StateWrite,
    incoming: &NewestVersion,
    now: Timestamp,
) -> Result<Accepted, UseCaseError> {
    let standing = match granted.state {
        None => None,
        Some(state) => states::standing(transaction, state).await?,
    };
    let held = standing.as_ref().and_then(StandingRow::held);
    let newest = standing.as_ref().map(StandingRow::newest).transpose();
    let newest = newest.map_err(|_| UseCaseError::internal("a state version is damaged"))?.flatten();
    let judge = |leave| {
        let rules = WriteRules {
            protected: granted.protected,
            leave,
        };
        let lock = write.lock_id.as_deref();
        decide_write(held.as_ref(), lock, caller.holder(), newest.as_ref(), incoming, rules)
    };
    match judge(false) {
        WriteDecision::AlreadyStored => return Ok(Accepted::AlreadyStored),
        WriteDecision::Store => return Ok(Accepted::Store),
        WriteDecision::Overwrite | WriteDecision::Refuse(_) => {}
    }
    // Looked up only where it decides: few writes need it.
    let leave = match granted.state {
        None => None,
        Some(state) => state_overwrite_leaves::of_user(transaction, state, caller.user(), now).await?,
    };
    match (judge(leave.is_some()), leave) {
        (WriteDecision::Refuse(refused), _) => Err(refusal(refused, address, held)),
        (WriteDecision::Overwrite, leave) => Ok(Accepted::Overwrite {
            reason: leave.map(|leave| leave.reason).unwrap_or_default(),
        }),
        (WriteDecision::AlreadyStored, _) => Ok(Accepted::AlreadyStored),
        (WriteDecision::Store, _) => Ok(Accepted::Store),
    }
}

/// A version on record, as the rules know it.
pub(super) fn newest_version(row: &StateVersionRow) -> Result<NewestVersion, UseCaseError> {
    let md5 = row.md5.as_slice().try_into();
    Ok(NewestVersion {
        md5: md5.map_err(|_| UseCaseError::internal("a state version is damaged"))?,
        facts: StateFacts {
            serial: row.serial,
            lineage: row.lineage.clone(),
        },
    })
}

/// A write that is taken.
#[derive(Debug, PartialEq, Eq)]
enum Accepted {
    AlreadyStored,
    Store,
    Overwrite { reason: String },
}

fn refusal(refused: WriteRefused, address: &StateAddress, held: Option<HeldLock>) -> UseCaseError {
    let StateAddress {
        environment, stack, ..
    } = address;
    match refused {
        WriteRefused::LockedByOther => locked(held.map(|held| held.description)),
        WriteRefused::Protected => refuse_protected(address),
        WriteRefused::NotLocked => UseCaseError::conflict(refused.to_string()),
        WriteRefused::OlderSerial { .. } | WriteRefused::SameSerial(_) | WriteRefused::OtherLineage { .. } => {
            UseCaseError::conflict(refused.to_string()).hint(format!(
                "`lockkeeper state versions {environment} {stack}` shows what is kept; whoever is sure that it is to be \
                 overwritten says so before: `lockkeeper state allow-overwrite {environment} {stack} --reason TEXT`"
            ))
        }
    }
}

async fn keep(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    write: &StateWrite,
    incoming: &Incoming,
    blob: &NewBlob,
) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    let mut granted = require(&mut transaction, caller, address, Permission::WriteState).await?;
    refuse_plan(&mut transaction, caller).await?;
    let state = ensure(&mut transaction, granted, address).await?;
    granted.state = Some(state);
    // Taken before it is read: what is decided on cannot change until the commit.
    states::take(&mut transaction, state).await?;
    let accepted = decide(
        &mut transaction,
        caller,
        address,
        granted,
        write,
        &incoming.version,
        app.now(),
    )
    .await?;
    let (origin, reason) = match &accepted {
        Accepted::AlreadyStored => return Ok(()),
        Accepted::Store => (VersionOrigin::Write, None),
        Accepted::Overwrite { reason } => (VersionOrigin::Overwrite, Some(reason.as_str())),
    };
    if origin == VersionOrigin::Overwrite {
        state_overwrite_leaves::delete(&mut transaction, state, caller.user()).await?;
    }
    let version = NewVersion {
        facts: &incoming.version.facts,
        resources: incoming.resources.as_deref(),
        size: write.body.len(),
        md5: incoming.version.md5,
        blob,
        origin,
        origin_serial: None,
        reason,
    };
    keep_version(app, &mut transaction, caller, granted, address, state, version).await?;
    transaction.commit().await?;
    Ok(())
}
