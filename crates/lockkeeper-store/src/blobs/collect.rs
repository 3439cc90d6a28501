//! Garbage outside the database: what a write that broke off has left.
//!
//! A file or an object without a row is garbage, or it belongs to a write that is about to make the row. Ages
//! would tell them apart only if no clock ever jumped. So nothing is removed that was not seen without a row
//! twice, with more time between than any write may take: [`super::NewBlob::keep`] refuses to be later.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;

use super::{Blobs, Place, in_background};
use crate::StoreError;
use crate::tables::blobs as table;

/// What has no row is removed when it was seen so long ago for the first time: longer than a blob may be kept.
pub const SAFE_AGE: Duration = Duration::from_hours(1);
/// Names looked up in one transaction.
const LOOKED_UP: usize = 200;
/// What is remembered at most; the rest is seen the next time.
const REMEMBERED: usize = 100_000;

/// What was seen without a row, and when for the first time.
#[derive(Debug)]
pub struct Collector {
    safe_age: Duration,
    seen: HashMap<Garbage, Instant>,
    looked_at: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Garbage {
    Blob(Place, String),
    /// A file that has no name yet.
    Incoming(PathBuf),
}

impl Collector {
    /// Removes what was without a row for that long: [`SAFE_AGE`], but in tests.
    pub fn new(safe_age: Duration) -> Self {
        Self {
            safe_age,
            seen: HashMap::new(),
            looked_at: None,
        }
    }

    /// Whether it is time to look again: as often as the age is long.
    pub fn is_due(&self) -> bool {
        self.looked_at.is_none_or(|at| at.elapsed() >= self.safe_age)
    }
}

impl Blobs {
    /// Looks for what no row points to, and removes what was seen long enough ago. Answers how much.
    ///
    /// # Errors
    /// When the database or a place fails, or the bucket is another database's; what was not removed is the next time.
    pub async fn collect(&self, collector: &mut Collector) -> Result<usize, StoreError> {
        collector.looked_at = Some(Instant::now());
        self.claim_bucket().await?;
        let now = self.without_row().await?;
        let still: HashSet<&Garbage> = now.iter().collect();
        collector.seen.retain(|garbage, _| still.contains(garbage));
        let mut removed = 0;
        for garbage in now {
            match collector.seen.get(&garbage) {
                Some(first) if first.elapsed() >= collector.safe_age => {
                    self.remove_garbage(&garbage).await?;
                    collector.seen.remove(&garbage);
                    removed += 1;
                }
                Some(_) => {}
                None => {
                    collector.seen.insert(garbage, Instant::now());
                }
            }
        }
        Ok(removed)
    }

    async fn without_row(&self) -> Result<Vec<Garbage>, StoreError> {
        let inner = self.0.clone();
        let incoming = in_background(move || inner.folder.incoming()).await?;
        let mut found: Vec<Garbage> = incoming.into_iter().map(Garbage::Incoming).collect();
        let inner = self.0.clone();
        for folder in in_background(move || inner.folder.folders()).await? {
            let inner = self.0.clone();
            let names = in_background(move || inner.folder.names(&folder)).await?;
            self.add_unknown(Place::Folder, &names, &mut found).await?;
        }
        if let Some(bucket) = &self.0.bucket {
            let mut names = std::pin::pin!(bucket.names().try_chunks(LOOKED_UP));
            while let Some(names) = names.try_next().await.map_err(|error| error.1)? {
                self.add_unknown(Place::Bucket, &names, &mut found).await?;
            }
        }
        Ok(found)
    }

    async fn add_unknown(
        &self,
        place: Place,
        names: &[String],
        found: &mut Vec<Garbage>,
    ) -> Result<(), StoreError> {
        for names in names.chunks(LOOKED_UP) {
            let mut transaction = self.0.database.read().await?;
            for name in names {
                if found.len() < REMEMBERED && table::by_name(&mut transaction, name).await?.is_none() {
                    found.push(Garbage::Blob(place, name.clone()));
                }
            }
        }
        Ok(())
    }

    async fn remove_garbage(&self, garbage: &Garbage) -> Result<(), StoreError> {
        match garbage {
            Garbage::Blob(place, name) => self.remove(name, *place).await,
            Garbage::Incoming(path) => {
                let (inner, path) = (self.0.clone(), path.clone());
                in_background(move || inner.folder.remove_incoming(&path)).await
            }
        }
    }
}
