use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use uuid::Uuid;

use super::schema::{Kind, Table};
use super::value::{Row, Value};
use crate::database::Connection;
use crate::{StoreError, Transaction};

/// Both databases take more arguments to one statement; this many keep it short.
const MOST_ARGUMENTS: usize = 4096;

/// Adds rows to a table.
///
/// # Errors
/// When the database fails, a row is there already, or a value does not fit its column.
pub async fn insert(transaction: &mut Transaction, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
    let width = table.columns.len();
    if rows.iter().any(|row| row.len() != width) {
        return Err(StoreError::Schema(format!(
            "a row of the table {} has not {width} values",
            table.name
        )));
    }
    for rows in rows.chunks((MOST_ARGUMENTS / width).max(1)) {
        let sql = AssertSqlSafe(statement(table, rows.len()));
        match &mut transaction.connection {
            Connection::Sqlite(inner) => {
                let query = rows.iter().flatten().fold(sqlx::query(sql), bind_sqlite);
                query.execute(&mut **inner).await?;
            }
            Connection::Postgres(inner) => {
                let mut query = sqlx::query(sql);
                for (column, value) in rows.iter().flat_map(|row| table.columns.iter().zip(row)) {
                    query = bind_postgres(query, column.kind, value)?;
                }
                query.execute(&mut **inner).await?;
            }
        }
    }
    Ok(())
}

/// Names of tables and columns come from the schema of this program, never from a request.
fn statement(table: &Table, rows: usize) -> String {
    let columns: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let width = columns.len();
    let rows: Vec<_> = (0..rows)
        .map(|row| {
            let places: Vec<_> = (1..=width)
                .map(|place| format!("${}", row * width + place))
                .collect();
            format!("({})", places.join(", "))
        })
        .collect();
    format!(
        "INSERT INTO {} ({}) VALUES {}",
        table.name,
        columns.join(", "),
        rows.join(", ")
    )
}

pub(super) fn bind_sqlite<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    value: &'q Value,
) -> Query<'q, Sqlite, SqliteArguments> {
    match value {
        Value::Null => query.bind(None::<i64>),
        Value::Integer(number) => query.bind(*number),
        Value::Text(text) => query.bind(text.as_str()),
        Value::Bytes(bytes) => query.bind(bytes.as_slice()),
    }
}

pub(super) fn bind_postgres<'q>(
    query: Query<'q, Postgres, PgArguments>,
    kind: Kind,
    value: &'q Value,
) -> Result<Query<'q, Postgres, PgArguments>, StoreError> {
    Ok(match (kind, value) {
        (Kind::Identifier, Value::Null) => query.bind(None::<Uuid>),
        (Kind::Identifier, Value::Bytes(bytes)) => {
            let id = Uuid::from_slice(bytes);
            query.bind(id.map_err(|_| StoreError::Schema("an identifier has not 16 bytes".to_owned()))?)
        }
        (Kind::Truth, Value::Null) => query.bind(None::<bool>),
        (Kind::Truth, Value::Integer(number)) => query.bind(*number != 0),
        (Kind::Integer, Value::Null) => query.bind(None::<i64>),
        (Kind::Integer, Value::Integer(number)) => query.bind(*number),
        (Kind::Text, Value::Null) => query.bind(None::<&str>),
        (Kind::Text, Value::Text(text)) => query.bind(text.as_str()),
        // What another version kept as text.
        (Kind::Bytes, Value::Text(text)) => query.bind(text.as_bytes()),
        (Kind::Bytes, Value::Null) => query.bind(None::<&[u8]>),
        (Kind::Bytes, Value::Bytes(bytes)) => query.bind(bytes.as_slice()),
        (kind, _) => {
            return Err(StoreError::Schema(format!(
                "a value does not fit a column of the kind {kind:?}"
            )));
        }
    })
}
