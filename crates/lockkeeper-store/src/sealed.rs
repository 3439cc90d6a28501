//! Sealed columns: what a table seals, and how values come in and out.
//!
//! A *sealed* value is encrypted by a data key for its table, column and row, so that it opens nowhere else. A
//! *name* is encrypted alike each time by a key of its own, so that it can be looked up and be unique. Statements
//! and rows say which of their arguments and fields are which; use cases see plain values only.

use lockkeeper_domain::check::CheckName;
use lockkeeper_domain::name::Name;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::keyring::Keyring;
use crate::stored::{Bind, Storable, Stored};
use crate::{StoreError, Transaction};

/// A table with sealed columns.
#[derive(Debug)]
pub struct SealedTable {
    /// The table.
    pub name: &'static str,
    /// The columns of its primary key, which say where a sealed value belongs.
    pub identity: &'static [(&'static str, IdentityKind)],
    /// Columns that are sealed for their row.
    pub sealed: &'static [&'static str],
    /// Columns that hold names.
    pub names: &'static [&'static str],
}

/// What a column of a primary key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityKind {
    /// An identifier.
    Id,
    /// A number.
    Number,
    /// Text.
    Text,
    /// A sealed name.
    Name,
}

/// A part of a row's primary key.
pub(crate) trait IdentityPart: Sync {
    /// Appends the part, in a form that no other value of its kind has.
    fn append(&self, place: &mut Vec<u8>);
}

impl IdentityPart for Uuid {
    fn append(&self, place: &mut Vec<u8>) {
        place.extend_from_slice(self.as_bytes());
    }
}

impl IdentityPart for i64 {
    fn append(&self, place: &mut Vec<u8>) {
        place.extend_from_slice(&self.to_be_bytes());
    }
}

impl IdentityPart for str {
    fn append(&self, place: &mut Vec<u8>) {
        place.extend_from_slice(self.as_bytes());
        place.push(0);
    }
}

impl IdentityPart for String {
    fn append(&self, place: &mut Vec<u8>) {
        self.as_str().append(place);
    }
}

impl IdentityPart for CheckName {
    fn append(&self, place: &mut Vec<u8>) {
        self.as_str().append(place);
    }
}

impl<T: IdentityPart + ?Sized> IdentityPart for &T {
    fn append(&self, place: &mut Vec<u8>) {
        (**self).append(place);
    }
}

impl<T: IdentityPart> IdentityPart for Stored<T> {
    fn append(&self, place: &mut Vec<u8>) {
        self.0.append(place);
    }
}

/// Where a sealed value belongs. It is authenticated, so that a value opens nowhere else.
pub(crate) fn place(table: &SealedTable, column: &str, identity: &[&dyn IdentityPart]) -> Vec<u8> {
    let mut place = Vec::with_capacity(64);
    table.name.append(&mut place);
    column.append(&mut place);
    for part in identity {
        part.append(&mut place);
    }
    place
}

/// A value that a statement seals.
pub(crate) trait Seal {
    /// What the column holds.
    type Column;

    /// Seals the value with the function given.
    fn seal_with(
        self,
        seal: impl Fn(&str) -> Result<Vec<u8>, StoreError>,
    ) -> Result<Self::Column, StoreError>;
}

impl Seal for &str {
    type Column = Vec<u8>;

    fn seal_with(self, seal: impl Fn(&str) -> Result<Vec<u8>, StoreError>) -> Result<Vec<u8>, StoreError> {
        seal(self)
    }
}

impl Seal for &Name {
    type Column = Vec<u8>;

    fn seal_with(self, seal: impl Fn(&str) -> Result<Vec<u8>, StoreError>) -> Result<Vec<u8>, StoreError> {
        seal(Bind::column(self))
    }
}

impl<T: Seal> Seal for Option<T> {
    type Column = Option<T::Column>;

    fn seal_with(
        self,
        seal: impl Fn(&str) -> Result<Vec<u8>, StoreError>,
    ) -> Result<Self::Column, StoreError> {
        self.map(|value| value.seal_with(seal)).transpose()
    }
}

/// A value that a row opens.
pub(crate) trait Unseal: Sized {
    /// Opens the column with the function given.
    fn unseal_with(
        column: Option<&[u8]>,
        open: impl Fn(&[u8]) -> Result<Vec<u8>, StoreError>,
    ) -> Result<Self, StoreError>;
}

impl Unseal for String {
    fn unseal_with(
        column: Option<&[u8]>,
        open: impl Fn(&[u8]) -> Result<Vec<u8>, StoreError>,
    ) -> Result<Self, StoreError> {
        let column = column.ok_or(sqlx::Error::Decode("a value is missing".into()))?;
        let text = String::from_utf8(open(column)?).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(text)
    }
}

impl<T: Storable<Column = String>> Unseal for Stored<T> {
    fn unseal_with(
        column: Option<&[u8]>,
        open: impl Fn(&[u8]) -> Result<Vec<u8>, StoreError>,
    ) -> Result<Self, StoreError> {
        let text = String::unseal_with(column, open)?;
        Ok(Stored(T::from_column(text).map_err(sqlx::Error::Decode)?))
    }
}

impl<T: Unseal> Unseal for Option<T> {
    fn unseal_with(
        column: Option<&[u8]>,
        open: impl Fn(&[u8]) -> Result<Vec<u8>, StoreError>,
    ) -> Result<Self, StoreError> {
        column
            .map(|column| T::unseal_with(Some(column), open))
            .transpose()
    }
}

/// A row that statements answer.
pub(crate) trait ReadRow: Sized {
    /// Reads a row of SQLite.
    fn from_sqlite(row: &SqliteRow, keyring: &Keyring) -> Result<Self, StoreError>;
    /// Reads a row of PostgreSQL.
    fn from_postgres(row: &PgRow, keyring: &Keyring) -> Result<Self, StoreError>;
}

/// Rows without anything sealed.
impl<T> ReadRow for T
where
    T: for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow>,
{
    fn from_sqlite(row: &SqliteRow, _keyring: &Keyring) -> Result<Self, StoreError> {
        Ok(T::from_row(row)?)
    }

    fn from_postgres(row: &PgRow, _keyring: &Keyring) -> Result<Self, StoreError> {
        Ok(T::from_row(row)?)
    }
}

/// Rows as the database answered them.
pub(crate) enum Rows {
    Sqlite(Vec<SqliteRow>),
    Postgres(Vec<PgRow>),
}

impl Rows {
    fn read<T: ReadRow>(&self, keyring: &Keyring) -> Result<Vec<T>, StoreError> {
        match self {
            Rows::Sqlite(rows) => rows.iter().map(|row| T::from_sqlite(row, keyring)).collect(),
            Rows::Postgres(rows) => rows.iter().map(|row| T::from_postgres(row, keyring)).collect(),
        }
    }
}

/// Opens the rows. A key that is not known was made by another server: then the keys are read again.
pub(crate) async fn read<T: ReadRow>(
    transaction: &mut Transaction,
    rows: Rows,
) -> Result<Vec<T>, StoreError> {
    let keyring = transaction.keyring().clone();
    match rows.read(&keyring) {
        Err(StoreError::UnknownKey(_)) => {
            keyring.refresh(transaction).await?;
            rows.read(&keyring)
        }
        read => read,
    }
}

/// Defines a row, its clear columns first, then those that are sealed for the row of a table, named by its primary
/// key, then names. A field that is not called as its column is `as` that column.
macro_rules! sealed_row {
    (
        $(#[doc = $doc:literal])*
        pub struct $row:ident {
            $($(#[doc = $field_doc:literal])* $visibility:vis $field:ident: $type:ty,)*
        }
        $(sealed in $table:path, by ($($identity:ident),+) {
            $($(#[doc = $sealed_doc:literal])* pub $sealed:ident $(as $column:ident)?: $sealed_type:ty,)*
        })*
        $(names {
            $($(#[doc = $name_doc:literal])* $name_visibility:vis $name:ident: $name_type:ty,)*
        })?
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone)]
        pub struct $row {
            $($(#[doc = $field_doc])* $visibility $field: $type,)*
            $($($(#[doc = $sealed_doc])* pub $sealed: $sealed_type,)*)*
            $($($(#[doc = $name_doc])* $name_visibility $name: $name_type,)*)?
        }

        impl $crate::sealed::ReadRow for $row {
            fn from_sqlite(row: &sqlx::sqlite::SqliteRow, keyring: &$crate::keyring::Keyring) -> Result<Self, $crate::StoreError> {
                $crate::sealed::read_fields!(row, keyring, [$($field: $type,)*], [$($table, ($($identity),*), [$($sealed $(as $column)?: $sealed_type,)*],)*], [$($($name: $name_type,)*)?])
            }

            fn from_postgres(row: &sqlx::postgres::PgRow, keyring: &$crate::keyring::Keyring) -> Result<Self, $crate::StoreError> {
                $crate::sealed::read_fields!(row, keyring, [$($field: $type,)*], [$($table, ($($identity),*), [$($sealed $(as $column)?: $sealed_type,)*],)*], [$($($name: $name_type,)*)?])
            }
        }
    };
}

macro_rules! read_fields {
    ($from:ident, $keyring:ident, [$($field:ident: $type:ty,)*], [$($table:path, ($($identity:ident),+), [$($sealed:ident $(as $column:ident)?: $sealed_type:ty,)*],)*], [$($name:ident: $name_type:ty,)*]) => {{
        use sqlx::Row as _;
        $(let $field: $type = $from.try_get(stringify!($field))?;)*
        $(let $name: $name_type = $crate::sealed::Unseal::unseal_with($from.try_get(stringify!($name))?, |column| {
            $keyring.open_name(concat!("a value of the column ", stringify!($name)), column)
        })?;)*
        $(
            let identity: &[&dyn $crate::sealed::IdentityPart] = &[$(&$identity),+];
            $(let $sealed: $sealed_type = $crate::sealed::Unseal::unseal_with($from.try_get(stringify!($sealed))?, |column| {
                $keyring.open(concat!("a value of the column ", stringify!($sealed)), &$crate::sealed::place(&$table, $crate::sealed::column!($sealed $($column)?), identity), column)
            })?;)*
        )*
        Ok(Self { $($field,)* $($($sealed,)*)* $($name,)* })
    }};
}

/// The name of the column of a field.
macro_rules! column {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $column:ident) => {
        stringify!($column)
    };
}

pub(crate) use {column, read_fields, sealed_row};
