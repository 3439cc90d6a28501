//! Whose the objects in a bucket are.
//!
//! A server removes what no row of its database points to. Two databases below one prefix would remove each other's
//! objects: a database that was restored from a backup, say, while the server that the backup is of goes on. So the
//! prefix bears the identifier of one database, which is in no backup.

use super::bucket::Bucket;
use super::{Blobs, new_name};
use crate::StoreError;
use crate::tables::installation::{self, IDENTIFIER};

impl Blobs {
    /// Makes sure that the objects in the bucket, if there is one, are those of this database. A prefix that nobody
    /// has becomes its own.
    ///
    /// # Errors
    /// [`StoreError::ForeignBucket`] when they are another database's; [`StoreError::Bucket`] when it does not answer.
    pub async fn claim_bucket(&self) -> Result<(), StoreError> {
        let Some(bucket) = &self.0.bucket else {
            return Ok(());
        };
        let identifier = self.identifier().await?;
        bucket.claim(&identifier).await
    }

    /// As [`Blobs::claim_bucket`], unless that was found out already.
    pub(super) async fn confirm(&self, bucket: &Bucket) -> Result<(), StoreError> {
        match bucket.is_claimed() {
            true => Ok(()),
            false => self.claim_bucket().await,
        }
    }

    /// What tells this database from every other, also from one that is restored from its backups.
    pub(super) async fn identifier(&self) -> Result<String, StoreError> {
        let mut transaction = self.0.database.read().await?;
        let found = installation::find(&mut transaction, IDENTIFIER).await?;
        drop(transaction);
        if let Some(found) = found {
            return Ok(found.value);
        }
        let restored = self.0.folder.restored_as()?;
        let mut transaction = self.0.database.write().await?;
        // Of several servers that start on a new database the first one writes it.
        installation::insert(&mut transaction, IDENTIFIER, &restored.unwrap_or_else(new_name)).await?;
        let found = installation::find(&mut transaction, IDENTIFIER).await?;
        transaction.commit().await?;
        found
            .map(|found| found.value)
            .ok_or_else(|| StoreError::Schema("the table `installation` keeps nothing".to_owned()))
    }
}
