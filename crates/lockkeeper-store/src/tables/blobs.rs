//! Which blobs there are, where each of them stands, and the content of small ones.

use jiff::Timestamp;

use crate::blobs::Place;
use crate::statement::{batched, statements};
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

/// A blob that a former key sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FormerBlob {
    /// Its name.
    pub name: String,
    /// The number of the key that sealed it.
    pub key_number: i64,
}

/// How many blobs there are of one key in one place.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct BlobCount {
    /// The number of the key; 0 for blobs from before there were data keys.
    pub key_number: i64,
    /// Where they stand.
    pub place: Stored<Place>,
    /// How many there are.
    pub blobs: i64,
}

statements! {
    /// A blob.
    optional fn by_name(name: &str) -> BlobRow = "SELECT place, content, key_number FROM blobs WHERE name = $1";
    /// Replaces a blob by one of the same content; answers 0 when it is gone, or was replaced already.
    execute fn replace(name: &str, place: Place, content: Option<&[u8]>, key_number: i64, former: i64) =
        "UPDATE blobs SET place = $2, content = $3, key_number = $4 WHERE name = $1 AND key_number = $5";
    /// Says that a blob was sealed by a key before the one on record.
    execute fn lower_key(name: &str, key_number: i64) =
        "UPDATE blobs SET key_number = $2 WHERE name = $1 AND key_number > $2";
    /// A page of the blobs that were sealed by keys before that one.
    all fn of_former_keys(before: i64, behind_key: i64, behind_name: &str, limit: i64) -> FormerBlob =
        "SELECT name, key_number FROM blobs WHERE key_number < $1 AND (key_number, name) > ($2, $3) \
         AND released_at IS NULL ORDER BY key_number, name LIMIT $4";
    /// How many blobs there are, by key and place. Reads an index whole.
    all fn count() -> BlobCount =
        "SELECT key_number, place, COUNT(*) AS blobs FROM blobs GROUP BY key_number, place ORDER BY key_number, place";
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

batched! {
    /// Adds a blob.
    fn insert(name: &str, place: Place, content: Option<&[u8]>, key_number: i64) =
        "INSERT INTO blobs (name, place, content, key_number) VALUES ($1, $2, $3, $4)";
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
