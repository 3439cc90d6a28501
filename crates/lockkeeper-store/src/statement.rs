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
                $(
                    let identity: &[&dyn $crate::sealed::IdentityPart] = &[$(&$identity),+];
                    $(let $sealed = $crate::sealed::Seal::seal_with($sealed, |plain| {
                        let place = $crate::sealed::place(&$table, stringify!($sealed), identity);
                        transaction.keyring().seal(&place, plain.as_bytes())
                    })?;)+
                )?
                $($(let $named = $crate::sealed::Seal::seal_with($named, |plain| transaction.keyring().seal_name(plain))?;)+)?
                $crate::statement::run!($kind transaction, $sql, $($argument),*)
            }
        )*

        /// Every statement of this table, with its name.
        #[doc(hidden)]
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $sql)),*];
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

pub(crate) use {answer, run, statements};
