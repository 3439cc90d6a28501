//! Personal states: each developer's own copy of a stack's state, with a lineage of its own, so that nothing
//! of it can be written over the shared one.

use lockkeeper_domain::id::{StateId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::state_version::{StateFacts, VersionOrigin, next_serial, renumbered};
use lockkeeper_store::Transaction;
use lockkeeper_store::blobs::NewBlob;
use lockkeeper_store::inventory::Inventory;
use lockkeeper_store::tables::states::{self, SHARED, StateListRow};
use lockkeeper_store::tables::{blobs, users};
use serde_json::json;
use uuid::Uuid;

use super::access::{GrantedState, StateAddress, no_personal_state, require, take_unlocked};
use super::keep_version::{NewVersion, keep_version};
use super::read_state::size;
use super::write_state::read_body;
use crate::app::Chain;
use crate::clock::new_uuid;
use crate::whole_states::Handling;
use crate::{Access, App, Caller, UseCaseError};

/// What a personal state begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonalBase {
    /// Nothing: Terraform makes everything anew.
    Empty,
    /// The newest version of the shared state.
    Shared,
}

/// Makes the caller's personal state; answers false when it is there already, and stays as it is.
///
/// # Errors
/// Forbidden for somebody else's, or without the role that reads the shared state; a conflict when that
/// cannot be copied, because OpenTofu encrypted it.
pub async fn create_personal(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    base: PersonalBase,
) -> Result<(StateListRow, bool), UseCaseError> {
    let copy = match base {
        PersonalBase::Empty => None,
        PersonalBase::Shared => copy_shared(app, caller, address).await?,
    };
    let mut transaction = app.database.write().await?;
    let granted = require(&mut transaction, caller, address, Permission::ReadState).await?;
    if let Some(state) = granted.state {
        return Ok((detail(&mut transaction, state).await?, false));
    }
    let id = StateId::new(new_uuid());
    let (project, environment) = (granted.project, granted.environment);
    let made = states::insert(
        &mut transaction,
        id,
        project,
        environment,
        &address.stack,
        caller.user(),
    )
    .await?;
    if made == 0 {
        return Err(
            UseCaseError::conflict("another request makes this personal state at this moment")
                .hint("ask again: it is there then"),
        );
    }
    record(
        app,
        &mut transaction,
        caller,
        granted,
        address,
        "state.create-personal",
    )
    .await?;
    if let Some(copy) = &copy {
        keep_copy(app, &mut transaction, caller, granted, address, id, copy).await?;
    }
    let row = detail(&mut transaction, id).await?;
    transaction.commit().await?;
    Ok((row, true))
}

/// Copies the newest version of the shared state into the caller's personal one once more.
///
/// # Errors
/// Not found when there is no personal state, locked when its lock is held; a conflict when the shared state
/// is empty or encrypted by OpenTofu.
pub async fn refresh_personal(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
) -> Result<StateListRow, UseCaseError> {
    let copy = copy_shared(app, caller, address).await?.ok_or_else(|| {
        UseCaseError::conflict("nothing was written to the shared state yet, so there is nothing to copy")
    })?;
    let mut transaction = app.database.write().await?;
    let granted = require(&mut transaction, caller, address, Permission::ReadState).await?;
    let state = granted.state.ok_or_else(|| no_personal_state(address))?;
    take_unlocked(app, &mut transaction, state).await?;
    keep_copy(app, &mut transaction, caller, granted, address, state, &copy).await?;
    let row = detail(&mut transaction, state).await?;
    transaction.commit().await?;
    Ok(row)
}

/// Removes a personal state with every version: the owner's own, or anybody's by an administrator of the
/// project. One that is not there is no error.
///
/// # Errors
/// Locked when its lock is held; forbidden for somebody else's without the role.
pub async fn remove_personal(app: &App, caller: &Caller, address: &StateAddress) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    let granted = require_removal(&mut transaction, caller, address).await?;
    let Some(state) = granted.state else {
        return Ok(());
    };
    take_unlocked(app, &mut transaction, state).await?;
    let rows = states::blobs(&mut transaction, state).await?;
    states::remove(&mut transaction, state).await?;
    for row in rows {
        blobs::release(&mut transaction, &row.blob, app.now()).await?;
    }
    record(
        app,
        &mut transaction,
        caller,
        granted,
        address,
        "state.remove-personal",
    )
    .await?;
    transaction.commit().await?;
    Ok(())
}

/// Personal states of a project, by owner, behind the one given: the caller's own, or all of them for its
/// administrators.
///
/// # Errors
/// Not found when the caller holds nothing in the project.
pub async fn list_personal(
    app: &App,
    caller: &Caller,
    project: &Name,
    after: Option<(UserId, StateId)>,
    limit: i64,
) -> Result<Vec<StateListRow>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    let project = *access.project.id;
    if access.grants.allow_everywhere(Permission::Administer) {
        let (owner, state) = after.unwrap_or((SHARED, StateId::new(Uuid::max())));
        return Ok(states::page_by_owner(&mut transaction, project, owner, state, limit).await?);
    }
    let state = after.map_or(StateId::new(Uuid::nil()), |(_, state)| state);
    Ok(states::page(&mut transaction, project, caller.user(), state, limit).await?)
}

/// A copy of the shared state, which is yet to be put on record.
struct SharedCopy {
    /// The version of the shared state.
    of_serial: i64,
    /// The serial of the personal state's newest version, behind which the copy is to be.
    behind: Option<i64>,
    facts: StateFacts,
    inventory: Option<Inventory>,
    size: usize,
    md5: [u8; 16],
    blob: NewBlob,
}

/// Copies the shared state, under the personal state's own lineage; none when nothing was written to it.
async fn copy_shared(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
) -> Result<Option<SharedCopy>, UseCaseError> {
    // Whose the personal state is comes first: nobody is told of the shared one at another's address.
    let mut transaction = app.database.read().await?;
    let granted = require(&mut transaction, caller, address, Permission::ReadState).await?;
    let newest = granted.newest(&mut transaction).await?;
    drop(transaction);
    let Some(shared) = super::read_state(app, caller, &address.shared()).await? else {
        return Ok(None);
    };
    let (of_serial, behind) = (shared.version.serial, newest.as_ref().map(|newest| newest.serial));
    let facts = match newest {
        Some(newest) => StateFacts {
            serial: next_serial(newest.serial)?,
            lineage: newest.lineage,
        },
        None => StateFacts {
            serial: of_serial,
            lineage: new_uuid().to_string(),
        },
    };
    let _turn = app
        .whole_states
        .turn(size(&shared.version), Handling::Renumber)
        .await;
    let body = renumbered(&shared.body.bytes().await?, &facts).map_err(|error| {
        UseCaseError::conflict(format!("the shared state cannot be copied: {error}"))
            .hint("begin with an empty one: `lockkeeper state personal create ENVIRONMENT STACK --empty`")
    })?;
    let read = read_body(&body)?;
    Ok(Some(SharedCopy {
        of_serial,
        behind,
        facts,
        inventory: read.inventory,
        size: body.len(),
        md5: read.version.md5,
        blob: app.blobs.put(body).await?,
    }))
}

/// Keeps the copy as the newest version.
async fn keep_copy(
    app: &App,
    transaction: &mut Transaction,
    caller: &Caller,
    granted: GrantedState,
    address: &StateAddress,
    state: StateId,
    copy: &SharedCopy,
) -> Result<(), UseCaseError> {
    let newest = states::newest(transaction, state).await?;
    if newest.map(|newest| newest.serial) != copy.behind {
        return Err(UseCaseError::conflict(
            "the personal state was written while the shared one was copied; try again",
        ));
    }
    let version = NewVersion {
        facts: &copy.facts,
        inventory: copy.inventory.as_ref(),
        size: copy.size,
        md5: copy.md5,
        blob: &copy.blob,
        origin: VersionOrigin::Copy,
        origin_serial: Some(copy.of_serial),
        reason: None,
    };
    keep_version(app, transaction, caller, granted, address, state, version).await
}

/// As [`require`], but an administrator of the environment may as well.
async fn require_removal(
    transaction: &mut Transaction,
    caller: &Caller,
    address: &StateAddress,
) -> Result<GrantedState, UseCaseError> {
    let own = address.owner.as_ref() == Some(caller.name());
    let administers = match own {
        true => None,
        false => require(transaction, caller, &address.shared(), Permission::Administer)
            .await
            .ok(),
    };
    let (Some(mut granted), Some(owner)) = (administers, &address.owner) else {
        return require(transaction, caller, address, Permission::ReadState).await;
    };
    granted.state = match users::by_name(transaction, owner).await? {
        None => None,
        Some(user) => {
            let (environment, project) = (granted.environment, granted.project);
            let state = states::find(transaction, environment, project, &address.stack, *user.id).await?;
            state.map(|state| *state.id)
        }
    };
    Ok(granted)
}

async fn detail(transaction: &mut Transaction, state: StateId) -> Result<StateListRow, UseCaseError> {
    states::detail(transaction, state)
        .await?
        .ok_or_else(|| UseCaseError::internal("a state that was just there is gone"))
}

async fn record(
    app: &App,
    transaction: &mut Transaction,
    caller: &Caller,
    granted: GrantedState,
    address: &StateAddress,
    action: &str,
) -> Result<(), UseCaseError> {
    let (chain, actor) = (Chain::Project(granted.project), caller.name().as_str());
    app.record(transaction, chain, actor, action, &address.subject(), json!({}))
        .await
}
