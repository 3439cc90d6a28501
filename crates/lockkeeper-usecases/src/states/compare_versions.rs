use lockkeeper_domain::role::Permission;
use lockkeeper_plan::reader::PlanDocument;
use lockkeeper_plan::state_diff::compare;
use lockkeeper_store::tables::states;

use super::access::{StateAddress, require};
use super::read_version;
use crate::{App, Caller, UseCaseError};

/// What differs between two versions.
#[derive(Debug, Clone)]
pub struct VersionDifference {
    /// The serial of the older one.
    pub from: i64,
    /// The serial of the newer one.
    pub to: i64,
    /// What came, went and is otherwise, sensitive values taken out.
    pub difference: PlanDocument,
}

/// Compares two versions of a state by resource and attribute. Without `to` it is the newest; without `from`, the
/// one before that.
///
/// # Errors
/// Not found for a version; forbidden without the role that reads states; a conflict when OpenTofu encrypted one.
pub async fn compare_versions(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    from: Option<i64>,
    to: Option<i64>,
) -> Result<VersionDifference, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let granted = require(&mut transaction, caller, address, Permission::ReadState).await?;
    let none = || UseCaseError::not_found("nothing was written to this state yet");
    let state = granted.state.ok_or_else(none)?;
    let to = match to {
        Some(to) => to,
        None => {
            states::newest(&mut transaction, state)
                .await?
                .ok_or_else(none)?
                .serial
        }
    };
    let from = match from {
        Some(from) => Some(from),
        None => {
            let version = states::version_by_serial(&mut transaction, state, to)
                .await?
                .ok_or_else(none)?;
            let before = states::page_of_versions(&mut transaction, state, *version.id, 1).await?;
            before.first().map(|version| version.serial)
        }
    };
    drop(transaction);
    let from = from.ok_or_else(|| {
        UseCaseError::not_found(format!(
            "version {to} is the first one, so there is none to compare it with"
        ))
    })?;
    let before = read_version(app, caller, address, from)
        .await?
        .body
        .bytes()
        .await?;
    let after = read_version(app, caller, address, to).await?.body.bytes().await?;
    let key = app.fingerprint_key();
    let compared = tokio::task::spawn_blocking(move || in_background(&before, &after, key)).await;
    let difference = compared
        .map_err(|error| UseCaseError::internal(format!("the versions could not be compared: {error}")))??;
    Ok(VersionDifference { from, to, difference })
}

fn in_background(before: &[u8], after: &[u8], key: [u8; 32]) -> Result<PlanDocument, UseCaseError> {
    compare(before, after, key).map_err(|error| {
        UseCaseError::conflict(format!("the versions cannot be compared: {error}"))
            .hint("`lockkeeper state pull --serial` prints each of them as it was written")
    })
}
