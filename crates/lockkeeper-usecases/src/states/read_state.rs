use lockkeeper_domain::id::StateId;
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::state_version::VersionName;
use lockkeeper_store::Transaction;
use lockkeeper_store::blobs::FoundBlob;
use lockkeeper_store::tables::states::{self, StateVersionRow};

use super::access::{StateAddress, no_personal_state, require};
use crate::{App, Caller, UseCaseError};

/// A version of a state with its body.
#[derive(Debug)]
pub struct StateBody {
    /// The version.
    pub version: StateVersionRow,
    /// The body, byte for byte as it was written.
    pub body: FoundBlob,
}

/// The newest version of a state; none when nothing was written.
///
/// # Errors
/// Forbidden without the role; not found for the project or the environment.
pub async fn read_state(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
) -> Result<Option<StateBody>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let granted = require(&mut transaction, caller, address, Permission::ReadState).await?;
    let Some(state) = granted.state else {
        return match address.owner {
            None => Ok(None),
            Some(_) => Err(no_personal_state(address)),
        };
    };
    let Some(version) = states::newest(&mut transaction, state).await? else {
        return Ok(None);
    };
    let body = app.blobs.find(&mut transaction, &version.blob).await?;
    Ok(Some(StateBody { version, body }))
}

/// A version of a state.
///
/// # Errors
/// Not found when there is none; a conflict when several have that serial.
pub async fn read_version(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    name: VersionName,
) -> Result<StateBody, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let granted = require(&mut transaction, caller, address, Permission::ReadState).await?;
    let state = granted.state.ok_or_else(|| no_version(name))?;
    let version = find_version(&mut transaction, state, name).await?;
    let body = app.blobs.find(&mut transaction, &version.blob).await?;
    Ok(StateBody { version, body })
}

/// The version that is meant.
pub(super) async fn find_version(
    transaction: &mut Transaction,
    state: StateId,
    name: VersionName,
) -> Result<StateVersionRow, UseCaseError> {
    let serial = match name {
        VersionName::Id(id) => {
            let found = states::version_of(transaction, state, id).await?;
            return found.ok_or_else(|| no_version(name));
        }
        VersionName::Serial(serial) => serial,
    };
    let mut found = states::versions_by_serial(transaction, state, serial, LISTED).await?;
    match found.len() {
        0 | 1 => found.pop().ok_or_else(|| no_version(name)),
        _ => Err(ambiguous(serial, &found)),
    }
}

/// The versions that a refusal lists; more than these have the same serial only where somebody is at play.
const LISTED: i64 = 20;

fn no_version(name: VersionName) -> UseCaseError {
    UseCaseError::not_found(format!("there is no version {name} of this state"))
        .hint("`lockkeeper state versions` shows those that are kept")
}

fn ambiguous(serial: i64, found: &[StateVersionRow]) -> UseCaseError {
    let versions: Vec<String> = found
        .iter()
        .map(|version| {
            let (id, at, lineage) = (*version.id, *version.created_at, &version.lineage);
            format!("{id} of {at:.0} (lineage {lineage})")
        })
        .collect();
    UseCaseError::conflict(format!(
        "several versions of this state have the serial {serial}: {}",
        versions.join(", ")
    ))
    .hint("name the one that is meant by its identifier, in the place of the serial")
}

/// The size of a version in bytes.
pub(super) fn size(version: &StateVersionRow) -> u64 {
    u64::try_from(version.size).unwrap_or_default()
}
