use lockkeeper_domain::role::Permission;
use lockkeeper_domain::state_version::VersionName;
use lockkeeper_plan::reader::PlanDocument;
use lockkeeper_plan::state_diff::compare;
use lockkeeper_store::tables::states::{self, StateVersionRow};

use super::access::{StateAddress, require};
use super::read_state::{find_version, size};
use crate::whole_states::{Handling, Turn};
use crate::{App, Caller, UseCaseError};

/// What differs between two versions.
#[derive(Debug)]
pub struct VersionDifference {
    /// The older one.
    pub from: StateVersionRow,
    /// The newer one.
    pub to: StateVersionRow,
    /// What came, went and is otherwise, sensitive values taken out.
    pub difference: PlanDocument,
    /// The room that it takes, until it is told.
    pub turn: Turn,
}

/// Compares two versions of a state by resource and attribute. Without `to` it is the newest; without `from`, the
/// one before that.
///
/// # Errors
/// Not found for a version; a conflict when several have that serial, or OpenTofu encrypted one; forbidden without the
/// role that reads states.
pub async fn compare_versions(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    from: Option<VersionName>,
    to: Option<VersionName>,
) -> Result<VersionDifference, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let granted = require(&mut transaction, caller, address, Permission::ReadState).await?;
    let none = || UseCaseError::not_found("nothing was written to this state yet");
    let state = granted.state.ok_or_else(none)?;
    let to = match to {
        Some(to) => find_version(&mut transaction, state, to).await?,
        None => states::newest(&mut transaction, state).await?.ok_or_else(none)?,
    };
    let from = match from {
        Some(from) => find_version(&mut transaction, state, from).await?,
        None => states::page_of_versions(&mut transaction, state, *to.id, 1)
            .await?
            .pop()
            .ok_or_else(|| first(&to))?,
    };
    let before = app.blobs.find(&mut transaction, &from.blob).await?;
    let after = app.blobs.find(&mut transaction, &to.blob).await?;
    drop(transaction);
    let turn = app
        .whole_states
        .turn(size(&from) + size(&to), Handling::Compare)
        .await;
    let (before, after) = (before.bytes().await?, after.bytes().await?);
    let key = app.fingerprint_key();
    // The turn goes along: the work does not end when who waits for it goes away.
    let compared = tokio::task::spawn_blocking(move || (in_background(&before, &after, key), turn)).await;
    let (difference, turn) = compared
        .map_err(|error| UseCaseError::internal(format!("the versions could not be compared: {error}")))?;
    Ok(VersionDifference {
        from,
        to,
        difference: difference?,
        turn,
    })
}

fn first(version: &StateVersionRow) -> UseCaseError {
    let detail = format!(
        "version {} is the first one, so there is none to compare it with",
        version.serial
    );
    UseCaseError::not_found(detail)
}

fn in_background(before: &[u8], after: &[u8], key: [u8; 32]) -> Result<PlanDocument, UseCaseError> {
    compare(before, after, key).map_err(|error| {
        UseCaseError::conflict(format!("the versions cannot be compared: {error}"))
            .hint("`lockkeeper state pull --serial` prints each of them as it was written")
    })
}
