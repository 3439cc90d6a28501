//! Which blobs there are, where each of them stands, and the content of small ones.

use jiff::Timestamp;

use crate::blobs::Place;
use crate::statement::statements;
use crate::stored::Stored;
use crate::{StoreError, Transaction};

/// A blob on record.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct BlobRow {
    /// Where it stands.
    pub place: Stored<Place>,
    /// Its sealed content, if it stands in the database.
    pub content: Option<Vec<u8>>,
    /// The number of the key that sealed it.
    pub key_number: i64,
}

/// A blob that no row points to any more.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReleasedBlob {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub place: Stored<Place>,
}

statements! {
    /// Adds a blob.
    execute fn insert(name: &str, place: Place, content: Option<&[u8]>, key_number: i64) =
        "INSERT INTO blobs (name, place, content, key_number) VALUES ($1, $2, $3, $4)";
    /// A blob.
    optional fn by_name(name: &str) -> BlobRow = "SELECT place, content, key_number FROM blobs WHERE name = $1";
    /// Marks a blob as one that no row points to any more.
    execute fn mark_released(name: &str, now: Timestamp) = "UPDATE blobs SET released_at = $2 WHERE name = $1";
    /// Forgets a blob.
    execute fn delete(name: &str) = "DELETE FROM blobs WHERE name = $1";
    /// Forgets a blob that stands in the database.
    execute fn delete_with_content(name: &str) = "DELETE FROM blobs WHERE name = $1 AND content IS NOT NULL";
    /// Blobs that were released before that time.
    all fn released(before: Timestamp, limit: i64) -> ReleasedBlob =
        "SELECT name, place FROM blobs WHERE released_at < $1 ORDER BY released_at LIMIT $2";
}

/// Lets go of a blob, in the transaction that removes the row which points to it. What stands in the database
/// is gone with the transaction; what stands elsewhere is removed by [`crate::blobs::Blobs::remove_released`].
///
/// # Errors
/// When the database fails.
pub async fn release(transaction: &mut Transaction, name: &str, now: Timestamp) -> Result<(), StoreError> {
    if delete_with_content(transaction, name).await? == 0 {
        mark_released(transaction, name, now).await?;
    }
    Ok(())
}
