//! Sealing what is there: text from before there was sealing, and values of former data keys.
//!
//! Rows are read and written in small batches, each in a transaction of its own, so that others get their turn. A
//! table counts as sealed when its last batch is done; after a crash its rows are looked at again, and those that
//! are sealed already are left alone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Postgres, Row, Sqlite};
use uuid::Uuid;

use crate::database::Connection;
use crate::keyring::{Keyring, Sealing};
use crate::sealed::{IdentityKind, IdentityPart, SealedTable, place};
use crate::tables::{SEALED, sealed_tables};
use crate::{Database, StoreError, Transaction};

/// How many rows are sealed in one transaction.
const BATCH: usize = 200;

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

/// A part of a primary key, as it was read.
#[derive(Debug, Clone)]
enum Part {
    Id(Uuid),
    Number(i64),
    Text(String),
    /// As it stands in the column, and what it says.
    Name(Vec<u8>, String),
}

impl IdentityPart for Part {
    fn append(&self, place: &mut Vec<u8>) {
        match self {
            Part::Id(id) => id.append(place),
            Part::Number(number) => number.append(place),
            Part::Text(text) | Part::Name(_, text) => text.append(place),
        }
    }
}

/// A row: its primary key, and its columns that are to be sealed.
struct RawRow {
    identity: Vec<Part>,
    columns: Vec<Option<Vec<u8>>>,
}

/// Seals every table that is not sealed by the newest data key, and answers how many values were sealed.
///
/// # Errors
/// When the database fails, or something cannot be opened; what was sealed until then stays so.
pub async fn seal_tables(database: &Database, now: Timestamp) -> Result<u64, StoreError> {
    let mut sealed = 0;
    for table in pending(database).await? {
        let newest = database.keyring().newest()?.number();
        sealed += seal_table(database, table).await?;
        let mut transaction = database.write().await?;
        sealed_tables::upsert(&mut transaction, table.name, newest.into(), now).await?;
        transaction.commit().await?;
    }
    Ok(sealed)
}

/// The tables that hold values which are not sealed by the newest data key.
///
/// # Errors
/// When the database fails.
pub async fn pending(database: &Database) -> Result<Vec<&'static SealedTable>, StoreError> {
    let newest = i64::from(database.keyring().newest()?.number());
    let mut transaction = database.read().await?;
    let sealed = sealed_tables::every(&mut transaction).await?;
    let is_pending = |table: &&SealedTable| {
        let row = sealed.iter().find(|row| row.table_name == table.name);
        row.is_none_or(|row| row.key_number < newest)
    };
    Ok(SEALED.iter().copied().filter(is_pending).collect())
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

async fn seal_table(database: &Database, table: &SealedTable) -> Result<u64, StoreError> {
    let (mut sealed, mut behind) = (0, None);
    loop {
        let mut transaction = database.write().await?;
        let rows = select(&mut transaction, table, behind.as_deref()).await?;
        for row in &rows {
            sealed += seal_row(&mut transaction, table, row).await?;
        }
        transaction.commit().await?;
        match rows.into_iter().nth(BATCH - 1) {
            Some(last) => behind = Some(last.identity),
            None => return Ok(sealed),
        }
    }
}

async fn seal_row(
    transaction: &mut Transaction,
    table: &SealedTable,
    row: &RawRow,
) -> Result<u64, StoreError> {
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
        altered.extend(renewed.map(|value| (column, value)));
    }
    let count = altered.len();
    if count > 0 {
        update(transaction, table, &row.identity, altered).await?;
    }
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Sealed columns first, then names.
fn columns(table: &SealedTable) -> impl Iterator<Item = &'static str> {
    table.sealed.iter().chain(table.names).copied()
}

fn list(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

async fn select(
    transaction: &mut Transaction,
    table: &SealedTable,
    behind: Option<&[Part]>,
) -> Result<Vec<RawRow>, StoreError> {
    let key = list(table.identity.iter().map(|(column, _)| (*column).to_owned()));
    let selected = list(columns(table).map(str::to_owned));
    let condition = behind.map(|parts| {
        let places = list((1..=parts.len()).map(|place| format!("${place}")));
        format!("WHERE ({key}) > ({places})")
    });
    let sql = format!(
        "SELECT {key}, {selected} FROM {} {} ORDER BY {key} LIMIT {BATCH}",
        table.name,
        condition.unwrap_or_default()
    );
    let keyring = transaction.keyring().clone();
    match &mut transaction.connection {
        Connection::Sqlite(inner) => {
            let query = sqlx::query(AssertSqlSafe(sql));
            let query = behind.unwrap_or_default().iter().fold(query, bind_sqlite);
            let rows = query.fetch_all(&mut **inner).await?;
            rows.iter().map(|row| raw_sqlite(table, row, &keyring)).collect()
        }
        Connection::Postgres(inner) => {
            let query = sqlx::query(AssertSqlSafe(sql));
            let query = behind.unwrap_or_default().iter().fold(query, bind_postgres);
            let rows = query.fetch_all(&mut **inner).await?;
            rows.iter()
                .map(|row| raw_postgres(table, row, &keyring))
                .collect()
        }
    }
}

async fn update(
    transaction: &mut Transaction,
    table: &SealedTable,
    identity: &[Part],
    altered: Vec<(&'static str, Vec<u8>)>,
) -> Result<(), StoreError> {
    let mut place = 0;
    let mut next = |column: &str| {
        place += 1;
        format!("{column} = ${place}")
    };
    let set = list(altered.iter().map(|(column, _)| next(column)));
    let key: Vec<String> = table.identity.iter().map(|(column, _)| next(column)).collect();
    let sql = format!("UPDATE {} SET {set} WHERE {}", table.name, key.join(" AND "));
    match &mut transaction.connection {
        Connection::Sqlite(inner) => {
            let query = altered
                .into_iter()
                .fold(sqlx::query(AssertSqlSafe(sql)), |query, (_, value)| {
                    query.bind(value)
                });
            let query = identity.iter().fold(query, bind_sqlite);
            query.execute(&mut **inner).await?;
        }
        Connection::Postgres(inner) => {
            let query = altered
                .into_iter()
                .fold(sqlx::query(AssertSqlSafe(sql)), |query, (_, value)| {
                    query.bind(value)
                });
            let query = identity.iter().fold(query, bind_postgres);
            query.execute(&mut **inner).await?;
        }
    }
    Ok(())
}

macro_rules! raw_access {
    ($bind:ident, $raw:ident, $database:ty, $arguments:ty, $row:ty, $text:literal) => {
        fn $bind<'q>(
            query: sqlx::query::Query<'q, $database, $arguments>,
            part: &Part,
        ) -> sqlx::query::Query<'q, $database, $arguments> {
            match part {
                Part::Id(id) => query.bind(*id),
                Part::Number(number) => query.bind(*number),
                Part::Text(text) => query.bind(text.clone()),
                // A name that is not sealed yet is text to SQLite, which tells text from bytes.
                Part::Name(column, text) if column.as_slice() == text.as_bytes() && $text => {
                    query.bind(text.clone())
                }
                Part::Name(column, _) => query.bind(column.clone()),
            }
        }

        fn $raw(table: &SealedTable, row: &$row, keyring: &Keyring) -> Result<RawRow, StoreError> {
            let mut identity = Vec::new();
            for (column, kind) in table.identity {
                identity.push(match kind {
                    IdentityKind::Id => Part::Id(row.try_get(*column)?),
                    IdentityKind::Number => Part::Number(row.try_get(*column)?),
                    IdentityKind::Text => Part::Text(row.try_get(*column)?),
                    IdentityKind::Name => {
                        let value: Vec<u8> = row.try_get(*column)?;
                        let text = keyring.read_name(&value)?;
                        Part::Name(value, text)
                    }
                });
            }
            let columns = columns(table).map(|column| row.try_get(column));
            Ok(RawRow {
                identity,
                columns: columns.collect::<Result<_, _>>()?,
            })
        }
    };
}
raw_access!(bind_sqlite, raw_sqlite, Sqlite, SqliteArguments, SqliteRow, true);
raw_access!(bind_postgres, raw_postgres, Postgres, PgArguments, PgRow, false);
