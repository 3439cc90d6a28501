//! Rows as they stand, sealed or not, of any table.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Postgres, Row, Sqlite};
use uuid::Uuid;

use super::BATCH;
use crate::database::Connection;
use crate::keyring::Keyring;
use crate::sealed::{IdentityKind, IdentityPart, SealedTable};
use crate::{StoreError, Transaction};

/// A part of a primary key, as it was read.
#[derive(Debug, Clone)]
pub(super) enum Part {
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
pub(super) struct RawRow {
    pub(super) identity: Vec<Part>,
    pub(super) columns: Vec<Option<Vec<u8>>>,
}

/// A column whose value is to be replaced.
pub(super) struct Altered {
    pub(super) column: &'static str,
    pub(super) former: Vec<u8>,
    pub(super) renewed: Vec<u8>,
}

/// Sealed columns first, then names.
pub(super) fn columns(table: &SealedTable) -> impl Iterator<Item = &'static str> {
    table.sealed.iter().chain(table.names).copied()
}

fn list(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

pub(super) async fn select(
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

/// Writes renewed values, and answers whether it did. On PostgreSQL others may write the row meanwhile: one that
/// they hold, or have altered since it was read, is left alone. So this never waits while it holds rows, and
/// cannot make a deadlock. On SQLite the transaction is the only one that writes.
pub(super) async fn update(
    transaction: &mut Transaction,
    table: &SealedTable,
    identity: &[Part],
    altered: Vec<Altered>,
) -> Result<bool, StoreError> {
    let mut place = 0;
    let mut equals = |column: &str| {
        place += 1;
        format!("{column} = ${place}")
    };
    let (name, key) = (
        table.name,
        list(table.identity.iter().map(|(column, _)| (*column).to_owned())),
    );
    let set = list(altered.iter().map(|altered| equals(altered.column)));
    let mut conditions: Vec<String> = table.identity.iter().map(|(column, _)| equals(column)).collect();
    let written = match &mut transaction.connection {
        Connection::Sqlite(inner) => {
            let sql = format!("UPDATE {name} SET {set} WHERE {}", conditions.join(" AND "));
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for altered in altered {
                query = query.bind(altered.renewed);
            }
            let query = identity.iter().fold(query, bind_sqlite);
            query.execute(&mut **inner).await?.rows_affected()
        }
        Connection::Postgres(inner) => {
            conditions.extend(altered.iter().map(|altered| equals(altered.column)));
            let sql = format!(
                "UPDATE {name} SET {set} WHERE ({key}) IN (SELECT {key} FROM {name} WHERE {} FOR NO KEY UPDATE SKIP LOCKED)",
                conditions.join(" AND ")
            );
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for altered in &altered {
                query = query.bind(altered.renewed.clone());
            }
            let mut query = identity.iter().fold(query, bind_postgres);
            for altered in altered {
                query = query.bind(altered.former);
            }
            query.execute(&mut **inner).await?.rows_affected()
        }
    };
    Ok(written > 0)
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
