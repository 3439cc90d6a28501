//! Sealing what is there: text from before there was sealing, and values of former data keys.
//!
//! Rows are read and written in small batches, each in a transaction of its own, so that others get their turn. A
//! table counts as sealed when its last batch is done; after a crash its rows are looked at again, and those that
//! are sealed already are left alone. A value that somebody else writes meanwhile is left to them.

mod count;
mod rows;

use std::time::Duration;

use jiff::Timestamp;

use self::rows::{Altered, RawRow, columns, select, update};
use crate::sealed::{IdentityPart, SealedTable, place};
use crate::tables::SEALED;
use crate::tables::sealed_tables::{self, SealedTableRow};
use crate::{Database, StoreError, Transaction};

pub use self::count::{TableSealing, count};

/// How many rows are sealed in one transaction.
const BATCH: usize = 200;
/// Before the server serves, rows that another one seals just now are waited for.
const PAUSE: Duration = Duration::from_millis(100);

/// How far one pass over the tables came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pass {
    /// Values that were sealed.
    pub sealed: u64,
    /// Rows that others were writing: they are for the next pass.
    pub left: u64,
}

/// Seals every table that was never sealed, and answers how many values were sealed.
///
/// # Errors
/// When the database fails, or something cannot be opened; what was sealed until then stays so.
pub async fn seal_clear(database: &Database, now: Timestamp) -> Result<u64, StoreError> {
    let mut sealed = 0;
    for table in tables(database, |row| row.is_none()).await? {
        loop {
            let pass = seal_table(database, table, now).await?;
            sealed += pass.sealed;
            if pass.left == 0 {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    if sealed > 0 {
        database.drop_freed_pages().await?;
    }
    Ok(sealed)
}

/// Seals anew every table that holds values of former data keys, as soon as every server knows the newer one.
///
/// # Errors
/// When the database fails, or something cannot be opened; what was sealed until then stays so.
pub async fn seal_anew(database: &Database, now: Timestamp) -> Result<Pass, StoreError> {
    let mut passes = Pass::default();
    for table in pending(database, now).await? {
        let pass = seal_table(database, table, now).await?;
        passes.sealed += pass.sealed;
        passes.left += pass.left;
    }
    Ok(passes)
}

/// The tables that hold values of former data keys which are to be sealed anew now.
///
/// # Errors
/// When the database fails.
pub async fn pending(database: &Database, now: Timestamp) -> Result<Vec<&'static SealedTable>, StoreError> {
    let settled = i64::from(database.keyring().settled(now)?);
    tables(database, |row| row.is_none_or(|row| row.key_number < settled)).await
}

async fn tables(
    database: &Database,
    is_wanted: impl Fn(Option<&SealedTableRow>) -> bool,
) -> Result<Vec<&'static SealedTable>, StoreError> {
    let mut transaction = database.read().await?;
    let sealed = sealed_tables::every(&mut transaction).await?;
    let row = |table: &SealedTable| sealed.iter().find(|row| row.table_name == table.name);
    Ok(SEALED
        .iter()
        .copied()
        .filter(|table| is_wanted(row(table)))
        .collect())
}

/// Looks at every row of a table once. The table is on record as sealed when none was left.
async fn seal_table(database: &Database, table: &SealedTable, now: Timestamp) -> Result<Pass, StoreError> {
    // What others write meanwhile is sealed by this key or a newer one.
    let settled = database.keyring().settled(now)?;
    let pass = seal_rows(database, table).await?;
    if pass.left == 0 {
        let mut transaction = database.write().await?;
        sealed_tables::upsert(&mut transaction, table.name, settled.into(), now).await?;
        transaction.commit().await?;
    }
    Ok(pass)
}

async fn seal_rows(database: &Database, table: &SealedTable) -> Result<Pass, StoreError> {
    let (mut pass, mut behind) = (Pass::default(), None);
    loop {
        let mut transaction = database.write().await?;
        let rows = select(&mut transaction, table, behind.as_deref()).await?;
        for row in &rows {
            seal_row(&mut transaction, table, row, &mut pass).await?;
        }
        transaction.commit().await?;
        match rows.into_iter().nth(BATCH - 1) {
            Some(last) => behind = Some(last.identity),
            None => return Ok(pass),
        }
    }
}

async fn seal_row(
    transaction: &mut Transaction,
    table: &SealedTable,
    row: &RawRow,
    pass: &mut Pass,
) -> Result<(), StoreError> {
    let identity: Vec<&dyn IdentityPart> = row.identity.iter().map(|part| part as _).collect();
    let keyring = transaction.keyring().clone();
    let mut altered = Vec::new();
    for (index, (column, value)) in columns(table).zip(&row.columns).enumerate() {
        let Some(value) = value else { continue };
        let renewed = if index < table.sealed.len() {
            keyring.renew(&place(table, column, &identity), value)?
        } else {
            keyring.renew_name(value)?
        };
        altered.extend(renewed.map(|renewed| Altered {
            column,
            former: value.clone(),
            renewed,
        }));
    }
    if altered.is_empty() {
        return Ok(());
    }
    let count = u64::try_from(altered.len()).unwrap_or(u64::MAX);
    if update(transaction, table, &row.identity, altered).await? {
        pass.sealed += count;
    } else {
        pass.left += 1;
    }
    Ok(())
}
