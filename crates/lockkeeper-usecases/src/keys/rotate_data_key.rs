use jiff::Timestamp;
use lockkeeper_store::tables::audit::{self, NewEntry};
use lockkeeper_store::tables::servers;
use lockkeeper_store::{Database, keyring};
use serde_json::json;

use crate::UseCaseError;
use crate::app::Chain;

/// Makes a data key, records it in the server's audit log, and answers its number. Every server learns of it
/// within a minute, and seals anew what former keys sealed a few minutes later.
///
/// # Errors
/// Conflict when a server at work runs on a former root key; when the database fails, or the root key was changed
/// since the keys were read.
pub async fn rotate_data_key(database: &Database, now: Timestamp, actor: &str) -> Result<u32, UseCaseError> {
    let (key, root) = (
        database.keyring().server_key()?,
        database.keyring().root_fingerprint()?,
    );
    let mut transaction = database.write().await?;
    let others = servers::on_other_root(&mut transaction, &root.to_string()).await?;
    if let Some(other) = others.first() {
        let detail = format!(
            "a server on {} still runs on the former root key, and could not learn of a new data key",
            other.host
        );
        let next = "start it again first; one that died is given up when it has been silent for an hour";
        return Err(UseCaseError::conflict(detail).hint(next));
    }
    let number = keyring::add_data_key(&mut transaction, now).await?;
    let entry = NewEntry {
        chain: Chain::Server.stored(),
        at: now,
        actor,
        action: "key.rotate",
        subject: &number.to_string(),
        details: json!({}),
    };
    audit::append(&mut transaction, &key, entry).await?;
    transaction.commit().await?;
    database.refresh_keys().await?;
    Ok(number)
}
