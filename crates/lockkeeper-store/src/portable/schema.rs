use super::value::{Row, Value};
use crate::database::Connection;
use crate::{StoreError, Transaction};

/// A table as the database's catalogue describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The name, one of [`TABLES`](super::TABLES).
    pub name: &'static str,
    /// The columns, by name: the order is the same in both databases.
    pub columns: Vec<Column>,
    /// The places in `columns` of those that make the primary key.
    pub(super) key: Vec<usize>,
}

impl Table {
    /// The value of a column of that name.
    pub fn value<'a>(&self, row: &'a Row, column: &str) -> Option<&'a Value> {
        row.get(self.place(column)?)
    }

    /// As [`Table::value`], to be altered.
    pub fn value_mut<'a>(&self, row: &'a mut Row, column: &str) -> Option<&'a mut Value> {
        row.get_mut(self.place(column)?)
    }

    /// The values of the primary key.
    pub fn key<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = &'a Value> {
        self.key.iter().filter_map(|place| row.get(*place))
    }

    fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|known| known.name == column)
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// What a column holds, as the database declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An identifier: `UUID` on PostgreSQL. On SQLite it is declared as bytes.
    Identifier,
    /// A truth value: `BOOLEAN` on PostgreSQL. On SQLite it is a number.
    Truth,
    /// A number of at most 64 bits.
    Integer,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
}

/// Reads what a table looks like.
///
/// # Errors
/// When the database fails, or has no such table, or a column of a type that is not known here.
pub async fn table(transaction: &mut Transaction, name: &'static str) -> Result<Table, StoreError> {
    let mut declared = match &mut transaction.connection {
        Connection::Sqlite(inner) => {
            sqlx::query_as::<_, (String, String, i64)>(
                "SELECT name, lower(type), pk FROM pragma_table_info($1)",
            )
            .bind(name)
            .fetch_all(&mut **inner)
            .await?
        }
        Connection::Postgres(inner) => {
            sqlx::query_as::<_, (String, String, i64)>(
                "SELECT a.attname::text, format_type(a.atttypid, NULL), \
                 coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)::bigint FROM pg_attribute a \
                 LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
                 WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped",
            )
            .bind(name)
            .fetch_all(&mut **inner)
            .await?
        }
    };
    declared.sort();
    let mut key: Vec<(i64, usize)> = declared
        .iter()
        .enumerate()
        .filter_map(|(place, (_, _, in_key))| (*in_key > 0).then_some((*in_key, place)))
        .collect();
    key.sort_unstable();
    if key.is_empty() {
        return Err(StoreError::Schema(format!(
            "the table {name} is missing, or has no primary key"
        )));
    }
    let columns = declared
        .into_iter()
        .map(|(column, declared, _)| {
            let kind = kind(&declared).ok_or_else(|| {
                StoreError::Schema(format!(
                    "{name}.{column} is of the type {declared}, which is not known"
                ))
            })?;
            Ok(Column { name: column, kind })
        })
        .collect::<Result<_, StoreError>>()?;
    let key = key.into_iter().map(|(_, place)| place).collect();
    Ok(Table { name, columns, key })
}

fn kind(declared: &str) -> Option<Kind> {
    Some(match declared {
        "uuid" => Kind::Identifier,
        "bytea" | "blob" => Kind::Bytes,
        "text" => Kind::Text,
        "boolean" => Kind::Truth,
        "bigint" | "integer" => Kind::Integer,
        _ => return None,
    })
}

/// The number of the newest migration that the database has had.
///
/// # Errors
/// When the database fails.
pub async fn schema_version(transaction: &mut Transaction) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT max(version) FROM _sqlx_migrations";
    Ok(match &mut transaction.connection {
        Connection::Sqlite(inner) => sqlx::query_scalar(SQL).fetch_one(&mut **inner).await?,
        Connection::Postgres(inner) => sqlx::query_scalar(SQL).fetch_one(&mut **inner).await?,
    })
}

/// The names of all tables of this program that the database has.
///
/// # Errors
/// When the database fails.
pub async fn tables(transaction: &mut Transaction) -> Result<Vec<String>, StoreError> {
    Ok(match &mut transaction.connection {
        Connection::Sqlite(inner) => {
            sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND name <> '_sqlx_migrations'")
                .fetch_all(&mut **inner)
                .await?
        }
        Connection::Postgres(inner) => {
            sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() AND tablename <> '_sqlx_migrations'")
                .fetch_all(&mut **inner)
                .await?
        }
    })
}
