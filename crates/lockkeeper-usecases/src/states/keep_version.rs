//! A new version, whatever it comes from, and its audit entry.

use lockkeeper_domain::id::{StateId, StateVersionId};
use lockkeeper_domain::state_version::{StateFacts, VersionOrigin};
use lockkeeper_store::Transaction;
use lockkeeper_store::batch::Batch;
use lockkeeper_store::blobs::NewBlob;
use lockkeeper_store::inventory::Inventory;
use lockkeeper_store::tables::audit::{self, NewEntry};
use lockkeeper_store::tables::states::{self, StandingRow};
use md5::{Digest, Md5};
use serde_json::json;

use super::access::{GrantedState, StateAddress};
use crate::app::Chain;
use crate::clock::new_uuid_behind;
use crate::{App, Caller, UseCaseError};

/// A version to keep.
#[derive(Debug, Clone)]
pub(super) struct NewVersion<'a> {
    pub(super) facts: &'a StateFacts,
    /// What stands in it, where that can be read.
    pub(super) inventory: Option<&'a Inventory>,
    pub(super) size: usize,
    pub(super) md5: [u8; 16],
    /// The blob of the body.
    pub(super) blob: &'a NewBlob,
    pub(super) origin: VersionOrigin,
    /// The serial of the version that it was made of.
    pub(super) origin_serial: Option<i64>,
    /// Why, where a reason was asked for.
    pub(super) reason: Option<&'a str>,
}

/// The MD5 of a body, by which the client knows it.
pub(super) fn md5_of(body: &[u8]) -> [u8; 16] {
    Md5::digest(body).into()
}

/// Keeps a version as the newest one, in a transaction that has taken the state.
pub(super) async fn keep_version(
    app: &App,
    transaction: &mut Transaction,
    caller: &Caller,
    granted: GrantedState,
    address: &StateAddress,
    state: StateId,
    version: NewVersion<'_>,
) -> Result<(), UseCaseError> {
    let standing = states::standing(transaction, state).await?;
    let standing = standing.ok_or_else(|| UseCaseError::not_found("the state was removed meanwhile"))?;
    keep_behind(app, transaction, caller, granted, address, &standing, version).await
}

/// As [`keep_version`], where it is known already how the state stands since it was taken.
pub(super) async fn keep_behind(
    app: &App,
    transaction: &mut Transaction,
    caller: &Caller,
    granted: GrantedState,
    address: &StateAddress,
    standing: &StandingRow,
    version: NewVersion<'_>,
) -> Result<(), UseCaseError> {
    let (state, subject) = (*standing.id, address.subject());
    let entry = entry(
        app,
        caller,
        Chain::State(granted.project, state),
        &subject,
        &version,
    );
    let mut batch = Batch::new(transaction);
    add(app, &mut batch, caller, standing, &version)?;
    match standing.audit_end() {
        Some(end) => {
            audit::append_behind(&mut batch, &app.key, entry, end)?;
            batch.run(transaction).await?;
        }
        None => {
            batch.run(transaction).await?;
            audit::append(transaction, &app.key, entry).await?;
        }
    }
    if address.owner.is_some() {
        return Ok(());
    }
    let (inventories, before) = (app.inventories(), standing.inventory_digest.as_deref());
    match version.inventory {
        Some(inventory) => {
            inventories
                .replace(transaction, granted.project, state, before, inventory)
                .await?
        }
        None => inventories.forget(transaction, state).await?,
    }
    Ok(())
}

/// As [`keep_behind`], for a state that was read but not taken, and without a transaction that others wait for.
/// Nothing is kept, and false answered, when the state was altered since, or when more is to be written than the
/// version: its first entry in the audit log, or what stands in it.
pub(super) async fn keep_unless_altered(
    app: &App,
    read_with: Transaction,
    caller: &Caller,
    granted: GrantedState,
    address: &StateAddress,
    standing: &StandingRow,
    version: NewVersion<'_>,
) -> Result<bool, UseCaseError> {
    let state = *standing.id;
    let before = standing.inventory_digest.as_deref();
    let holds_the_same = |inventory| app.inventories().is_digest(before, state, inventory);
    let listed = address.owner.is_some() || version.inventory.is_some_and(holds_the_same);
    let Some(end) = standing.audit_end().filter(|_| listed) else {
        return Ok(false);
    };
    let (chain, subject) = (Chain::State(granted.project, state), address.subject());
    let entry = entry(app, caller, chain, &subject, &version);
    let mut batch = Batch::new(&read_with);
    add(app, &mut batch, caller, standing, &version)?;
    audit::append_behind(&mut batch, &app.key, entry, end)?;
    Ok(batch.commit_alone(&app.database, read_with).await?)
}

/// Adds the version and its blob.
fn add(
    app: &App,
    batch: &mut Batch,
    caller: &Caller,
    standing: &StandingRow,
    version: &NewVersion<'_>,
) -> Result<(), UseCaseError> {
    // Versions are listed by their identifiers: each sorts behind the one before, whatever the clock says.
    let last = standing.last_version.map(|last| last.uuid());
    let id = StateVersionId::new(new_uuid_behind(last));
    let (state, holder) = (*standing.id, caller.holder());
    let blob = version.blob.keep_in_batch(batch)?;
    states::insert_version(
        batch,
        id,
        state,
        version.facts.serial,
        &version.facts.lineage,
        size_of(version),
        &version.md5,
        blob,
        holder.user,
        holder.run,
        app.now(),
        version.origin,
        version.origin_serial,
        version.reason,
        version.inventory.map(Inventory::resources),
    )?;
    states::set_newest(batch, state, id, standing.generation)?;
    Ok(())
}

fn entry<'e>(
    app: &App,
    caller: &'e Caller,
    chain: Chain,
    subject: &'e str,
    version: &NewVersion<'_>,
) -> NewEntry<'e> {
    app.entry(
        chain,
        caller.name().as_str(),
        action(version.origin),
        subject,
        json!({
            "serial": version.facts.serial,
            "lineage": version.facts.lineage,
            "size": size_of(version),
            "md5": hex::encode(version.md5),
            "run": caller.holder().run,
            "of_serial": version.origin_serial,
            "reason": version.reason,
        }),
    )
}

/// In bytes.
fn size_of(version: &NewVersion<'_>) -> i64 {
    i64::try_from(version.size).unwrap_or(i64::MAX)
}

/// What the audit log calls it.
fn action(origin: VersionOrigin) -> &'static str {
    match origin {
        VersionOrigin::Write => "state.write",
        VersionOrigin::Overwrite => "state.overwrite",
        VersionOrigin::Rollback => "state.rollback",
        VersionOrigin::Import => "state.import",
        VersionOrigin::Copy => "state.copy",
    }
}
