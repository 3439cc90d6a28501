//! Sealing blobs anew, under the newest data key.
//!
//! The new bytes take the place of the former ones at once: in the row, by a file that gets the name of the former
//! one, or by an object that replaces it. What was read until then goes on. The row tells the new key last: after a
//! crash in between, the blob is sealed once more. A blob opens by the key that its header names, whatever its row
//! says.

use jiff::Timestamp;

use super::read::read_exactly;
use super::sealing::{HEADER, key_number};
use super::write::SealedBlob;
use super::{Blobs, Place, in_background};
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
        self.put_instead(sealed, reader.place(), blob).await
    }

    async fn put_instead(
        &self,
        sealed: SealedBlob,
        place: Place,
        former: &FormerBlob,
    ) -> Result<bool, StoreError> {
        let new = sealed.replace(place).await?;
        let mut transaction = self.0.database.write().await?;
        let replaced = new.keep_instead(&mut transaction, former.key_number).await?;
        transaction.commit().await?;
        if place != Place::Database {
            self.check_key(&former.name).await?;
        }
        Ok(replaced)
    }

    /// Sees to it that the row names no newer key than the one that sealed the bytes. Of two servers that seal a blob
    /// at once, one may be the last to write the row, and the other to put its bytes in place: whoever does anything
    /// last looks here after it, and finds what stays. A blob that is said to be of a former key is sealed once more.
    async fn check_key(&self, name: &str) -> Result<(), StoreError> {
        let database = &self.0.database;
        let mut transaction = database.read_once().await?;
        let row = table::by_name(&mut transaction, name).await?;
        drop(transaction);
        let Some(row) = row.filter(|row| *row.place != Place::Database) else {
            return Ok(());
        };
        let (mut bytes, mut header) = (self.sealed(name, *row.place).await?.0, [0; HEADER]);
        read_exactly(&mut bytes, &mut header, name).await?;
        let number = i64::from(key_number(&header, name)?);
        if number < row.key_number {
            let mut transaction = database.write().await?;
            table::lower_key(&mut transaction, name, number).await?;
            transaction.commit().await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Database;
    use crate::keyring::{self, RootKey};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// Adds a data key, which every server knows when this answers.
    async fn rotate(database: &Database, second: i64) {
        let mut transaction = database.write().await.unwrap();
        keyring::add_data_key(&mut transaction, at(second)).await.unwrap();
        transaction.commit().await.unwrap();
        database.refresh_keys().await.unwrap();
    }

    #[tokio::test]
    async fn bytes_of_a_former_key_that_come_last_are_sealed_once_more() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open_sqlite(&folder.path().join("lockkeeper.db"))
            .await
            .unwrap();
        database.unlock(&RootKey::new([7; 32]), at(0)).await.unwrap();
        let blobs = Blobs::open(&folder.path().join("blobs"), &database).unwrap();
        // What cannot be packed does not fit into the database.
        let mut content = vec![0; 300_000];
        getrandom::fill(&mut content).unwrap();
        let blob = blobs.put(content.clone()).await.unwrap();
        let mut transaction = database.write().await.unwrap();
        let name = blob.keep(&mut transaction).await.unwrap().to_owned();
        transaction.commit().await.unwrap();
        let former = FormerBlob {
            name: name.clone(),
            key_number: 1,
        };

        rotate(&database, 1000).await;
        let mut slow = blobs.writer_named(&name).unwrap();
        slow.write(&content).unwrap();
        let slow = slow.seal_rest().unwrap();
        rotate(&database, 2000).await;
        assert_eq!(blobs.seal_anew(at(9000)).await.unwrap().sealed, 1);
        assert!(!blobs.put_instead(slow, Place::Folder, &former).await.unwrap());

        let pass = blobs.seal_anew(at(9000)).await.unwrap();
        assert_eq!((pass.sealed, pass.failed), (1, 0));
        let (mut bytes, mut header) = (blobs.sealed(&name, Place::Folder).await.unwrap().0, [0; HEADER]);
        read_exactly(&mut bytes, &mut header, &name).await.unwrap();
        assert_eq!(key_number(&header, &name).unwrap(), 3);
        assert!(blobs.get(&name).await.unwrap() == content);
    }
}
