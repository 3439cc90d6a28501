//! Sealing blobs anew, under the newest data key.
//!
//! The new bytes take the place of the former ones at once: in the row, by a file that gets the name of the former
//! one, or by an object that replaces it. What was read until then goes on. The row tells the new key last: after a
//! crash in between, the blob is sealed once more. A blob opens by the key that its header names, whatever its row
//! says.

use jiff::Timestamp;

use super::{Blobs, in_background};
use crate::StoreError;
use crate::tables::blobs::{self as table, FormerBlob};

/// Blobs looked up in one go.
const PAGE: i64 = 100;

/// How one pass over the blobs of former keys went.
#[derive(Debug, Default)]
pub struct SealedAnew {
    /// Blobs that were sealed anew.
    pub sealed: u64,
    /// Blobs that could not be.
    pub failed: u64,
    /// Why the first of those could not be.
    pub reason: Option<StoreError>,
}

impl Blobs {
    /// Seals anew every blob of a former data key, as soon as every server knows the newer one.
    ///
    /// # Errors
    /// When the database fails. A blob that fails does not keep the others.
    pub async fn seal_anew(&self, now: Timestamp) -> Result<SealedAnew, StoreError> {
        let database = &self.0.database;
        let settled = i64::from(database.keyring().settled(now)?);
        let (mut pass, mut behind) = (SealedAnew::default(), (-1, String::new()));
        loop {
            let mut transaction = database.read_once().await?;
            let page = table::of_former_keys(&mut transaction, settled, behind.0, &behind.1, PAGE).await?;
            drop(transaction);
            let Some(last) = page.last() else {
                return Ok(pass);
            };
            behind = (last.key_number, last.name.clone());
            for blob in &page {
                match self.seal_one_anew(blob).await {
                    Ok(sealed) => pass.sealed += u64::from(sealed),
                    Err(error) => {
                        pass.failed += 1;
                        pass.reason.get_or_insert(error);
                    }
                }
            }
        }
    }

    /// Whether it was sealed anew; it may be gone meanwhile, or another server was faster.
    async fn seal_one_anew(&self, blob: &FormerBlob) -> Result<bool, StoreError> {
        let database = &self.0.database;
        let mut transaction = database.read_once().await?;
        let row = table::by_name(&mut transaction, &blob.name).await?;
        drop(transaction);
        let Some(row) = row.filter(|row| row.key_number == blob.key_number) else {
            return Ok(false);
        };
        let mut reader = self.found(&blob.name, row).open().await?;
        let mut writer = self.writer_named(&blob.name)?;
        while let Some(piece) = reader.next().await? {
            writer = in_background(move || writer.write(&piece).map(|()| writer)).await?;
        }
        let sealed = in_background(move || writer.seal_rest()).await?;
        let new = sealed.replace(reader.place()).await?;
        let mut transaction = database.write().await?;
        let replaced = new.keep_instead(&mut transaction, blob.key_number).await?;
        transaction.commit().await?;
        Ok(replaced)
    }
}
