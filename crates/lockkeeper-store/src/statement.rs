//! Statements: SQL text, arguments and rows, each written once for both databases.

/// Defines one function for each statement, and the list `ALL` of their texts, from which a test
/// prepares every one of them on both databases.
///
/// `optional` answers a row or none, `all` every row, `execute` how many rows were written.
macro_rules! statements {
    ($($(#[doc = $doc:literal])* $kind:ident fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $row:ty)? = $sql:expr;)*) => {
        $($crate::statement::statement! { $(#[doc = $doc])* $kind $name($($argument: $type),*) $(-> $row)? = $sql })*

        /// Every statement of this table, with its name.
        #[doc(hidden)]
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $sql)),*];
    };
}

macro_rules! statement {
    ($(#[doc = $doc:literal])* optional $name:ident($($argument:ident: $type:ty),*) -> $row:ty = $sql:expr) => {
        $(#[doc = $doc])*
        ///
        /// # Errors
        /// When the database fails.
        #[allow(clippy::too_many_arguments, reason = "one argument for each column")]
        pub async fn $name(transaction: &mut $crate::Transaction, $($argument: $type),*) -> Result<Option<$row>, $crate::StoreError> {
            Ok(match &mut transaction.connection {
                $crate::database::Connection::Sqlite(inner) => sqlx::query_as::<_, $row>($sql)$(.bind($crate::stored::Bind::column($argument)))*.fetch_optional(&mut **inner).await?,
                $crate::database::Connection::Postgres(inner) => sqlx::query_as::<_, $row>($sql)$(.bind($crate::stored::Bind::column($argument)))*.fetch_optional(&mut **inner).await?,
            })
        }
    };
    ($(#[doc = $doc:literal])* all $name:ident($($argument:ident: $type:ty),*) -> $row:ty = $sql:expr) => {
        $(#[doc = $doc])*
        ///
        /// # Errors
        /// When the database fails.
        #[allow(clippy::too_many_arguments, reason = "one argument for each column")]
        pub async fn $name(transaction: &mut $crate::Transaction, $($argument: $type),*) -> Result<Vec<$row>, $crate::StoreError> {
            Ok(match &mut transaction.connection {
                $crate::database::Connection::Sqlite(inner) => sqlx::query_as::<_, $row>($sql)$(.bind($crate::stored::Bind::column($argument)))*.fetch_all(&mut **inner).await?,
                $crate::database::Connection::Postgres(inner) => sqlx::query_as::<_, $row>($sql)$(.bind($crate::stored::Bind::column($argument)))*.fetch_all(&mut **inner).await?,
            })
        }
    };
    ($(#[doc = $doc:literal])* execute $name:ident($($argument:ident: $type:ty),*) = $sql:expr) => {
        $(#[doc = $doc])*
        ///
        /// # Errors
        /// When the database fails.
        #[allow(clippy::too_many_arguments, reason = "one argument for each column")]
        pub async fn $name(transaction: &mut $crate::Transaction, $($argument: $type),*) -> Result<u64, $crate::StoreError> {
            Ok(match &mut transaction.connection {
                $crate::database::Connection::Sqlite(inner) => sqlx::query($sql)$(.bind($crate::stored::Bind::column($argument)))*.execute(&mut **inner).await?.rows_affected(),
                $crate::database::Connection::Postgres(inner) => sqlx::query($sql)$(.bind($crate::stored::Bind::column($argument)))*.execute(&mut **inner).await?.rows_affected(),
            })
        }
    };
}

pub(crate) use {statement, statements};
