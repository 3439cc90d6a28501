use bytes::Bytes;
use lockkeeper_domain::state_version::{
    NewestVersion, StateFacts, VersionOrigin, WriteDecision, as_first_version, next_serial, renumbered,
    succeeds,
};
use lockkeeper_store::tables::states;

use super::access::{StateAddress, check_reason, ensure, refuse_written, require_overwrite, take_unlocked};
use super::keep_version::{NewVersion, keep_version, md5_of};
use super::write_state::{newest_version, read_body};
use crate::clock::new_uuid;
use crate::{App, Caller, ErrorKind, UseCaseError};

/// A state to bring in.
#[derive(Debug, Clone)]
pub struct ImportedState {
    /// The body, of Terraform or encrypted by OpenTofu.
    pub body: Bytes,
    /// Why, or from where.
    pub reason: String,
    /// Whether it takes the place of what is there, even if it is older or of another lineage.
    pub replace: bool,
}

/// What became of a state that was brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// The serial under which it is kept.
    pub serial: i64,
    /// Whether a version was written; the newest was this very state already otherwise, and the reason is not on record.
    pub is_new: bool,
}

/// Refuses who may not bring the state in, before anybody waits for room for it.
///
/// # Errors
/// As [`import_state`].
pub async fn check_import(app: &App, caller: &Caller, address: &StateAddress) -> Result<(), UseCaseError> {
    let mut transaction = app.database.read().await?;
    require_overwrite(&mut transaction, caller, address)
        .await
        .map(drop)
}

/// Brings a state in from elsewhere, while the caller has a turn of [`App::whole_states`], and answers the serial under
/// which it is kept: its own, or one above the newest when it takes the place of a later version of the same lineage.
///
/// # Errors
/// Forbidden without the operator's role, or of a protected state the administrator's; locked when anybody holds
/// the lock; a conflict when something is there that it does not follow, and it is not to replace that; invalid
/// when the body is no state.
pub async fn import_state(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    import: ImportedState,
) -> Result<Imported, UseCaseError> {
    let reason = check_reason(&import.reason)?;
    let limit = app.settings.max_state_bytes;
    if import.body.len() > limit {
        let detail = format!("a state has at most {limit} bytes here");
        return Err(UseCaseError::new(ErrorKind::TooLarge, detail)
            .hint("raise limits.state_bytes in the server's configuration, or split the stack"));
    }
    // What a caller may not bring in is not even looked at.
    let mut transaction = app.database.read().await?;
    let granted = require_overwrite(&mut transaction, caller, address).await?;
    let newest = granted.newest(&mut transaction).await?;
    drop(transaction);
    let newest = newest.map(|row| newest_version(&row)).transpose()?;
    let mut body = import.body.to_vec();
    if newest.is_none()
        && let Some(first) = as_first_version(&body, &new_uuid().to_string())
            .map_err(|error| UseCaseError::invalid(error.to_string()))?
    {
        body = first;
    }
    let read = read_body(&body)?;
    let mut incoming = read.version;
    match succeeds(newest.as_ref(), &incoming) {
        WriteDecision::AlreadyStored => {
            return Ok(Imported {
                serial: incoming.facts.serial,
                is_new: false,
            });
        }
        WriteDecision::Refuse(refused) if !import.replace => {
            return Err(UseCaseError::conflict(refused.to_string())
                .hint("whoever is sure that it is to take the place of what is kept says --replace"));
        }
        WriteDecision::Refuse(_) => {
            if let Some(facts) = renumbering(newest.as_ref(), &incoming)? {
                body =
                    renumbered(&body, &facts).map_err(|error| UseCaseError::conflict(error.to_string()))?;
                incoming = NewestVersion {
                    facts,
                    md5: md5_of(&body),
                };
            }
        }
        WriteDecision::Store | WriteDecision::Overwrite => {}
    }
    let size = body.len();
    // Before the transaction, which may not wait for a bucket.
    let blob = app.blobs.put(body).await?;
    let mut transaction = app.database.write().await?;
    let granted = require_overwrite(&mut transaction, caller, address).await?;
    let state = ensure(&mut transaction, granted, address).await?;
    take_unlocked(app, &mut transaction, state).await?;
    // It may have been protected meanwhile, and takes another right then.
    let granted = require_overwrite(&mut transaction, caller, address).await?;
    let before = newest.map(|newest| newest.facts.serial);
    refuse_written(states::newest(&mut transaction, state).await?, before)?;
    let version = NewVersion {
        facts: &incoming.facts,
        inventory: read.inventory.as_ref(),
        size,
        md5: incoming.md5,
        blob: &blob,
        origin: VersionOrigin::Import,
        origin_serial: None,
        reason: Some(reason),
    };
    keep_version(app, &mut transaction, caller, granted, address, state, version).await?;
    transaction.commit().await?;
    Ok(Imported {
        serial: incoming.facts.serial,
        is_new: true,
    })
}

/// The serial above the newest, for a body of the same lineage that is not above it; one of another lineage
/// begins its own count.
fn renumbering(
    newest: Option<&NewestVersion>,
    incoming: &NewestVersion,
) -> Result<Option<StateFacts>, UseCaseError> {
    let Some(newest) = newest.filter(|newest| newest.facts.lineage == incoming.facts.lineage) else {
        return Ok(None);
    };
    Ok(Some(StateFacts {
        serial: next_serial(newest.facts.serial)?,
        lineage: incoming.facts.lineage.clone(),
    }))
}
