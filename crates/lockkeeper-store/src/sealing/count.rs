use std::collections::BTreeMap;

use super::BATCH;
use super::rows::select;
use crate::keyring::{Keyring, Sealing};
use crate::tables::SEALED;
use crate::{Database, StoreError};

/// How many values of a table are sealed by which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSealing {
    /// The table.
    pub table: &'static str,
    /// Values by the number of the data key.
    pub by_key: BTreeMap<u32, u64>,
    /// Names, which have a key of their own that is never replaced.
    pub names: u64,
    /// Values that are in clear, and should not be.
    pub clear: u64,
}

/// What the values of every table are sealed by. Reads all of them.
///
/// # Errors
/// When the database fails.
pub async fn count(database: &Database) -> Result<Vec<TableSealing>, StoreError> {
    let mut counted = Vec::new();
    for table in SEALED {
        let mut sealing = TableSealing {
            table: table.name,
            by_key: BTreeMap::new(),
            names: 0,
            clear: 0,
        };
        let mut behind = None;
        loop {
            let mut transaction = database.read().await?;
            let rows = select(&mut transaction, table, behind.as_deref()).await?;
            for value in rows.iter().flat_map(|row| row.columns.iter().flatten()) {
                match Keyring::sealing_of(value) {
                    Sealing::Key(number) => *sealing.by_key.entry(number).or_default() += 1,
                    Sealing::Name => sealing.names += 1,
                    Sealing::Clear => sealing.clear += 1,
                }
            }
            match rows.into_iter().nth(BATCH - 1) {
                Some(last) => behind = Some(last.identity),
                None => break,
            }
        }
        counted.push(sealing);
    }
    Ok(counted)
}
