use lockkeeper_domain::role::Permission;
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

/// The newest version of a state with that serial.
///
/// # Errors
/// Not found when there is none.
pub async fn read_version(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    serial: i64,
) -> Result<StateBody, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let granted = require(&mut transaction, caller, address, Permission::ReadState).await?;
    let none = || {
        UseCaseError::not_found(format!("there is no version {serial} of this state"))
            .hint("`lockkeeper state versions` shows those that are kept")
    };
    let state = granted.state.ok_or_else(none)?;
    let version = states::version_by_serial(&mut transaction, state, serial)
        .await?
        .ok_or_else(none)?;
    let body = app.blobs.find(&mut transaction, &version.blob).await?;
    Ok(StateBody { version, body })
}
