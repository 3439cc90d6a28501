use jiff::Timestamp;
use lockkeeper_store::Database;
use lockkeeper_store::keyring::{RootKey, change_root};
use lockkeeper_store::tables::audit::{self, NewEntry};
use lockkeeper_store::tables::servers;
use serde_json::json;

use crate::UseCaseError;
use crate::app::Chain;

/// Wraps every key with another root key, and records it in the server's audit log. From then on the former one
/// opens nothing but the backups that were made until now.
///
/// # Errors
/// Conflict when it is the root key already, or a server at work may not know the newest data key yet; when the
/// database fails, or the root key was changed meanwhile.
pub async fn change_root_key(
    database: &Database,
    root: &RootKey,
    now: Timestamp,
    actor: &str,
) -> Result<(), UseCaseError> {
    let former = database.keyring().root_fingerprint()?;
    let fingerprint = root.fingerprint();
    if former == fingerprint {
        let detail = format!("the key with the fingerprint {fingerprint} is the root key already");
        return Err(UseCaseError::conflict(detail).hint("give another key"));
    }
    let key = database.keyring().server_key()?;
    let mut transaction = database.write().await?;
    let (newest, settled) = (
        database.keyring().newest()?.number(),
        database.keyring().settled(now)?,
    );
    if settled < newest && !servers::at_work(&mut transaction).await?.is_empty() {
        let detail = format!(
            "the data key {newest} is new: a server at work that does not know it yet could not learn of it any more"
        );
        return Err(
            UseCaseError::conflict(detail).hint("try again in five minutes, or stop every server first")
        );
    }
    change_root(&mut transaction, root).await?;
    let entry = NewEntry {
        chain: Chain::Server.stored(),
        at: now,
        actor,
        action: "key.change-root",
        subject: &fingerprint.to_string(),
        details: json!({"former": former.to_string()}),
    };
    audit::append(&mut transaction, &key, entry).await?;
    transaction.commit().await?;
    database.unlock(root, now).await?;
    Ok(())
}
