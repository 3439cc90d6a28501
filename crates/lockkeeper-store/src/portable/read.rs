use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, TypeInfo, ValueRef};
use uuid::Uuid;

use super::schema::{Kind, Table};
use super::value::{Row, Value};
use super::write::{bind_postgres, bind_sqlite};
use crate::database::Connection;
use crate::{StoreError, Transaction};

/// Rows of a table in the order of its primary key, behind the row given.
///
/// # Errors
/// When the database fails, or a column holds what its type does not allow.
pub async fn page(
    transaction: &mut Transaction,
    table: &Table,
    after: Option<&Row>,
    limit: u32,
) -> Result<Vec<Row>, StoreError> {
    let sql = AssertSqlSafe(statement(table, after.is_some(), limit));
    let key = table
        .key
        .iter()
        .filter_map(|place| Some((&table.columns.get(*place)?.kind, after?.get(*place)?)));
    match &mut transaction.connection {
        Connection::Sqlite(inner) => {
            let mut query = sqlx::query(sql);
            for (_, value) in key {
                query = bind_sqlite(query, value);
            }
            let rows = query.fetch_all(&mut **inner).await?;
            rows.iter().map(|row| from_sqlite(table, row)).collect()
        }
        Connection::Postgres(inner) => {
            let mut query = sqlx::query(sql);
            for (kind, value) in key {
                query = bind_postgres(query, *kind, value)?;
            }
            let rows = query.fetch_all(&mut **inner).await?;
            rows.iter().map(|row| from_postgres(table, row)).collect()
        }
    }
}

/// Names of tables and columns come from the schema of this program, never from a request.
fn statement(table: &Table, behind: bool, limit: u32) -> String {
    let columns: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let key: Vec<_> = table
        .key
        .iter()
        .filter_map(|place| columns.get(*place).copied())
        .collect();
    let behind = if behind {
        let places: Vec<_> = (1..=key.len()).map(|place| format!("${place}")).collect();
        format!(" WHERE ({}) > ({})", key.join(", "), places.join(", "))
    } else {
        String::new()
    };
    format!(
        "SELECT {} FROM {}{behind} ORDER BY {} LIMIT {limit}",
        columns.join(", "),
        table.name,
        key.join(", ")
    )
}

/// SQLite says of each value what it is: a column that was declared as text holds bytes once it is sealed.
fn from_sqlite(table: &Table, row: &SqliteRow) -> Result<Row, StoreError> {
    let values = (0..table.columns.len()).map(|place| {
        let held = row.try_get_raw(place)?;
        let storage = (!held.is_null()).then(|| held.type_info().name().to_owned());
        Ok(match storage.as_deref() {
            None => Value::Null,
            Some("TEXT") => Value::Text(row.try_get_unchecked(place)?),
            Some("BLOB") => Value::Bytes(row.try_get_unchecked(place)?),
            Some(_) => Value::Integer(row.try_get_unchecked(place)?),
        })
    });
    values.collect()
}

fn from_postgres(table: &Table, row: &PgRow) -> Result<Row, StoreError> {
    let values = table.columns.iter().enumerate().map(|(place, column)| {
        Ok(match column.kind {
            Kind::Truth => value(row.try_get(place)?, |truth: bool| {
                Value::Integer(i64::from(truth))
            }),
            Kind::Integer => value(row.try_get(place)?, Value::Integer),
            Kind::Text => value(row.try_get(place)?, Value::Text),
            Kind::Bytes => value(row.try_get(place)?, Value::Bytes),
            Kind::Identifier => value(row.try_get(place)?, |id: Uuid| {
                Value::Bytes(id.into_bytes().to_vec())
            }),
        })
    });
    values.collect()
}

fn value<T>(column: Option<T>, known: impl FnOnce(T) -> Value) -> Value {
    column.map_or(Value::Null, known)
}
