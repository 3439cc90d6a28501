//! Statements: SQL text, arguments and rows, each written once for both databases.

/// Defines one function for each statement, and the list `ALL` of their texts, from which a test
/// prepares every one of them on both databases.
///
/// `optional` answers a row or none, `all` every row, `execute` how many rows were written. Behind the arguments
/// stand those that are sealed for a row, which is named by its table and primary key, and those that are names.
macro_rules! statements {
    ($(
        $(#[doc = $doc:literal])*
        $kind:ident fn $name:ident($($argument:ident: $type:ty),* $(,)?)
        $(seals $table:ident ($($identity:ident),+) [$($sealed:ident),+])?
        $(names [$($named:ident),+])?
        $(-> $row:ty)? = $sql:expr;
    )*) => {
        $(
            $(#[doc = $doc])*
            ///
            /// # Errors
            /// When the database fails.
            #[allow(clippy::too_many_arguments, reason = "one argument for each column")]
            pub async fn $name(transaction: &mut $crate::Transaction, $($argument: $type),*) -> Result<$crate::statement::answer!($kind $($row)?), $crate::StoreError> {
                $($crate::statement::seal!(transaction, $table ($($identity),+) [$($sealed),+]);)?
                $($crate::statement::seal_names!(transaction, [$($named),+]);)?
                $crate::statement::run!($kind transaction, $sql, $($argument),*)
            }
        )*

        /// Every statement of this table, with its name.
        #[doc(hidden)]
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $sql)),*];
    };
}

/// As `statements!`, for statements that write one row and go to the database in a [`crate::batch::Batch`]. The
/// list of their texts is `BATCHED`.
macro_rules! batched {
    ($(
        $(#[doc = $doc:literal])*
        fn $name:ident($($argument:ident: $type:ty),* $(,)?)
        $(seals $table:ident ($($identity:ident),+) [$($sealed:ident),+])?
        $(names [$($named:ident),+])?
        = $sql:expr;
    )*) => {
        $(
            $(#[doc = $doc])*
            ///
            /// # Errors
            /// When a value cannot be sealed.
            #[allow(clippy::too_many_arguments, reason = "one argument for each column")]
            pub fn $name(batch: &mut $crate::batch::Batch, $($argument: $type),*) -> Result<(), $crate::StoreError> {
                $($crate::statement::seal!(batch, $table ($($identity),+) [$($sealed),+]);)?
                $($crate::statement::seal_names!(batch, [$($named),+]);)?
                batch.add($sql);
                $(batch.bind($crate::stored::Bind::column($argument))?;)*
                Ok(())
            }
        )*

        /// Every statement of this table that goes in a batch, with its name.
        #[doc(hidden)]
        pub const BATCHED: &[(&str, &str)] = &[$((stringify!($name), $sql)),*];
    };
}

/// Seals arguments for a row, which is named by its table and primary key.
macro_rules! seal {
    ($holder:ident, $table:ident ($($identity:ident),+) [$($sealed:ident),+]) => {
        let identity: &[&dyn $crate::sealed::IdentityPart] = &[$(&$identity),+];
        $(let $sealed = $crate::sealed::Seal::seal_with($sealed, |plain| {
            let place = $crate::sealed::place(&$table, stringify!($sealed), identity);
            $holder.keyring().seal(&place, plain.as_bytes())
        })?;)+
    };
}

/// Seals arguments that are names.
macro_rules! seal_names {
    ($holder:ident, [$($named:ident),+]) => {
        $(let $named = $crate::sealed::Seal::seal_with($named, |plain| $holder.keyring().seal_name(plain))?;)+
    };
}

/// What a statement of that kind answers.
macro_rules! answer {
    (optional $row:ty) => { Option<$row> };
    (all $row:ty) => { Vec<$row> };
    (execute) => { u64 };
}

/// Runs a statement on either database.
macro_rules! run {
    (optional $transaction:ident, $sql:expr, $($argument:ident),*) => {{
        let rows = match &mut $transaction.connection {
            $crate::database::Connection::Sqlite(inner) => $crate::sealed::Rows::Sqlite(sqlx::query($sql)$(.bind($crate::stored::Bind::column($argument)))*.fetch_optional(&mut **inner).await?.into_iter().collect()),
            $crate::database::Connection::Postgres(inner) => $crate::sealed::Rows::Postgres(sqlx::query($sql)$(.bind($crate::stored::Bind::column($argument)))*.fetch_optional(&mut **inner).await?.into_iter().collect()),
        };
        Ok($crate::sealed::read($transaction, rows).await?.pop())
    }};
    (all $transaction:ident, $sql:expr, $($argument:ident),*) => {{
        let rows = match &mut $transaction.connection {
            $crate::database::Connection::Sqlite(inner) => $crate::sealed::Rows::Sqlite(sqlx::query($sql)$(.bind($crate::stored::Bind::column($argument)))*.fetch_all(&mut **inner).await?),
            $crate::database::Connection::Postgres(inner) => $crate::sealed::Rows::Postgres(sqlx::query($sql)$(.bind($crate::stored::Bind::column($argument)))*.fetch_all(&mut **inner).await?),
        };
        $crate::sealed::read($transaction, rows).await
    }};
    (execute $transaction:ident, $sql:expr, $($argument:ident),*) => {
        Ok(match &mut $transaction.connection {
            $crate::database::Connection::Sqlite(inner) => sqlx::query($sql)$(.bind($crate::stored::Bind::column($argument)))*.execute(&mut **inner).await?.rows_affected(),
            $crate::database::Connection::Postgres(inner) => sqlx::query($sql)$(.bind($crate::stored::Bind::column($argument)))*.execute(&mut **inner).await?.rows_affected(),
        })
    };
}

pub(crate) use {answer, batched, run, seal, seal_names, statements};
