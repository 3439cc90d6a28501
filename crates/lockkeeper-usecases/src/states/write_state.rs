use bytes::Bytes;
use futures_util::Stream;
use jiff::Timestamp;
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::run::RunKind;
use lockkeeper_domain::state_content;
use lockkeeper_domain::state_lock::HeldLock;
use lockkeeper_domain::state_version::{
    NewestVersion, StateFacts, VersionOrigin, WriteDecision, WriteRefused, WriteRules, decide_write,
    may_write,
};
use lockkeeper_store::Transaction;
use lockkeeper_store::blobs::NewBlob;
use lockkeeper_store::inventory::{Inventory, InventoryWriter};
use lockkeeper_store::tables::states::{self, StandingRow, StateVersionRow};
use lockkeeper_store::tables::{runs, state_overwrite_leaves};

use super::access::{GrantedState, StateAddress, refuse_protected, require_standing, require_taken};
use super::keep_version::{NewVersion, keep_behind, keep_unless_altered, md5_of};
use super::lock_state::locked;
use super::receive_state::receive;
use crate::{App, Caller, UseCaseError};

/// A state to write.
#[derive(Debug, Clone)]
pub struct StateWrite {
    /// The bytes that the body has at least, as its sender announced.
    pub announced: usize,
    /// The lock under which it is written, from `?ID=`.
    pub lock_id: Option<String>,
    /// The MD5 that the client says the body has.
    pub md5: Option<[u8; 16]>,
}

/// Keeps the body, byte for byte, as a new version of a state. A big one is not in memory as a whole. What is
/// left of it is unread when it is refused.
///
/// # Errors
/// Locked or a conflict when the caller does not hold the lock, the serial is old or the lineage is
/// another; invalid when the body is no state or was damaged on the way.
pub async fn write_state(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    write: StateWrite,
    body: &mut (impl Stream<Item = Result<Bytes, UseCaseError>> + Send + Unpin),
) -> Result<(), UseCaseError> {
    let StateWrite {
        lock_id,
        md5,
        announced,
    } = write;
    let lock_id = lock_id.as_deref();
    // What a caller may not write is not even looked at when that is much work. For a small body the rights are
    // looked up when it is kept.
    let refuse_early = async || refuse_what_may_not_be_written(app, caller, address, lock_id).await;
    let received = receive(app, announced, body, refuse_early).await?;
    if md5.is_some_and(|said| said != received.version.md5) {
        return Err(UseCaseError::invalid(
            "the body is not what its Content-MD5 says: it was damaged on the way",
        )
        .hint("send it again"));
    }
    let write = Write {
        caller,
        address,
        lock_id,
        incoming: &received.version,
        now: app.now(),
    };
    if !received.sealed.is_kept_in_database() {
        // Refused writes are many when a lock was lost; they must not leave blobs behind.
        let mut transaction = app.database.read().await?;
        let (granted, standing) =
            require_standing(&mut transaction, caller, address, Permission::WriteState).await?;
        let accepted = decide(&mut transaction, granted, standing.as_ref(), write).await?;
        if accepted == Accepted::AlreadyStored {
            return Ok(());
        }
    }
    let blob = received.sealed.put().await?;
    let body = StoredBody {
        size: received.size,
        inventory: received.inventory.as_ref(),
        blob: &blob,
    };
    keep(app, write, body).await
}

async fn refuse_what_may_not_be_written(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    lock_id: Option<&str>,
) -> Result<(), UseCaseError> {
    let mut transaction = app.database.read().await?;
    let (granted, standing) =
        require_standing(&mut transaction, caller, address, Permission::WriteState).await?;
    refuse_plan(&mut transaction, caller).await?;
    let held = standing.as_ref().and_then(StandingRow::held);
    let rules = WriteRules {
        protected: granted.protected,
        leave: false,
    };
    let allowed = may_write(held.as_ref(), lock_id, caller.holder(), rules);
    allowed.map_err(|refused| refusal(refused, address, held))
}

/// A write that is to be decided.
#[derive(Clone, Copy)]
struct Write<'a> {
    caller: &'a Caller,
    address: &'a StateAddress,
    lock_id: Option<&'a str>,
    incoming: &'a NewestVersion,
    now: Timestamp,
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
#[derive(Debug)]
pub(super) struct Incoming {
    /// Its serial, lineage and digest.
    pub(super) version: NewestVersion,
    /// What stands in it, where that can be read.
    pub(super) inventory: Option<Inventory>,
}

/// Reads a body.
///
/// # Errors
/// Invalid when it is no state.
pub(super) fn read_body(body: &[u8]) -> Result<Incoming, UseCaseError> {
    let mut inventory = InventoryWriter::default();
    let read = state_content::read_state(body, |resource| inventory.add(&resource));
    let (facts, listed) = read.map_err(|error| UseCaseError::invalid(error.to_string()))?;
    let md5 = md5_of(body);
    Ok(Incoming {
        version: NewestVersion { facts, md5 },
        inventory: listed.then(|| finished(inventory)).transpose()?,
    })
}

/// What stands in a state, when all of it was read.
pub(super) fn finished(inventory: InventoryWriter) -> Result<Inventory, UseCaseError> {
    let finished = inventory.finish();
    finished
        .map_err(|error| UseCaseError::internal(format!("what stands in the state cannot be kept: {error}")))
}

/// Decides by how the state stands; a refusal is an error.
async fn decide(
    transaction: &mut Transaction,
    granted: GrantedState,
    standing: Option<&StandingRow>,
    write: Write<'_>,
) -> Result<Accepted, UseCaseError> {
    let Write {
        caller, address, now, ..
    } = write;
    let held = standing.and_then(StandingRow::held);
    let newest = standing.map(StandingRow::newest).transpose();
    let newest = newest
        .map_err(|_| UseCaseError::internal("a state version is damaged"))?
        .flatten();
    // Read together with the lock, and so as new as that.
    let protected = match standing {
        Some(row) => address.owner.is_none() && row.only_runs_write,
        None => granted.protected,
    };
    let judge = |leave| {
        let rules = WriteRules { protected, leave };
        let holder = caller.holder();
        decide_write(
            held.as_ref(),
            write.lock_id,
            holder,
            newest.as_ref(),
            write.incoming,
            rules,
        )
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
    let accepted = match (judge(leave.is_some()), leave) {
        (WriteDecision::Refuse(refused), _) => return Err(refusal(refused, address, held)),
        (WriteDecision::Overwrite, leave) => Accepted::Overwrite {
            reason: leave.map(|leave| leave.reason).unwrap_or_default(),
        },
        (WriteDecision::AlreadyStored, _) => Accepted::AlreadyStored,
        (WriteDecision::Store, _) => Accepted::Store,
    };
    Ok(accepted)
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
        WriteRefused::LockedByOther => locked(held.map(|held| held.description), None),
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

/// A body that is stored, and waits for its version.
#[derive(Clone, Copy)]
struct StoredBody<'a> {
    size: usize,
    inventory: Option<&'a Inventory>,
    blob: &'a NewBlob,
}

impl<'a> Write<'a> {
    /// The version that it makes of the body.
    fn version(self, body: StoredBody<'a>, origin: VersionOrigin, reason: Option<&'a str>) -> NewVersion<'a> {
        NewVersion {
            facts: &self.incoming.facts,
            inventory: body.inventory,
            size: body.size,
            md5: self.incoming.md5,
            blob: body.blob,
            origin,
            origin_serial: None,
            reason,
        }
    }
}

async fn keep(app: &App, write: Write<'_>, body: StoredBody<'_>) -> Result<(), UseCaseError> {
    let Write { caller, address, .. } = write;
    if keep_at_once(app, write, body).await? {
        return Ok(());
    }
    let mut transaction = app.database.write().await?;
    // Taken before it is read: what is decided on cannot change until the commit.
    let (granted, state) = require_taken(&mut transaction, caller, address, Permission::WriteState).await?;
    refuse_plan(&mut transaction, caller).await?;
    let standing = states::standing(&mut transaction, state).await?;
    let accepted = decide(&mut transaction, granted, standing.as_ref(), write).await?;
    let (origin, reason) = match &accepted {
        Accepted::AlreadyStored => return Ok(()),
        Accepted::Store => (VersionOrigin::Write, None),
        Accepted::Overwrite { reason } => (VersionOrigin::Overwrite, Some(reason.as_str())),
    };
    if origin == VersionOrigin::Overwrite {
        state_overwrite_leaves::delete(&mut transaction, state, caller.user()).await?;
    }
    let version = write.version(body, origin, reason);
    let standing = standing.ok_or_else(|| UseCaseError::not_found("the state was removed meanwhile"))?;
    keep_behind(
        app,
        &mut transaction,
        caller,
        granted,
        address,
        &standing,
        version,
    )
    .await?;
    transaction.commit().await?;
    Ok(())
}

/// The quick way for what most writes are: another version under a lock that is held, of the same resources. What it is
/// decided on is only read, and the version is kept if the state was not altered since. Answers whether it was;
/// everything else takes the state first.
async fn keep_at_once(app: &App, write: Write<'_>, body: StoredBody<'_>) -> Result<bool, UseCaseError> {
    let Write { caller, address, .. } = write;
    // A run may end meanwhile, which does not alter the state.
    if matches!(caller, Caller::Run { .. }) {
        return Ok(false);
    }
    let mut reading = app.database.read_once().await?;
    let (granted, standing) = require_standing(&mut reading, caller, address, Permission::WriteState).await?;
    let accepted = decide(&mut reading, granted, standing.as_ref(), write).await?;
    let (Some(standing), Accepted::Store) = (standing, accepted) else {
        return Ok(false);
    };
    let version = write.version(body, VersionOrigin::Write, None);
    keep_unless_altered(app, reading, caller, granted, address, &standing, version).await
}
