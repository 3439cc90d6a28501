//! Statements that go to the database together, because none of them needs what another answers: one exchange
//! instead of one for each.

use sqlx::error::DatabaseError;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Encode, Postgres, Sqlite, Type};

use crate::database::{Connection, gave_way, unconfirmed};
use crate::group_commit::Statements;
use crate::keyring::Keyring;
use crate::{Database, StoreError, Transaction};

/// Statements of a transaction, each of which writes one row. No two of them may write the same row.
#[derive(Debug)]
pub struct Batch {
    keyring: Keyring,
    /// Their arguments are numbered through.
    statements: Vec<String>,
    arguments: Bound,
}

/// The arguments of all statements, one behind the other.
#[derive(Debug)]
enum Bound {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

impl Batch {
    /// No statements, for the database of the transaction.
    pub fn new(transaction: &Transaction) -> Self {
        Self {
            keyring: transaction.keyring().clone(),
            statements: Vec::new(),
            arguments: match transaction.connection {
                Connection::Sqlite(_) => Bound::Sqlite(SqliteArguments::default()),
                Connection::Postgres(_) => Bound::Postgres(PgArguments::default()),
            },
        }
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Adds a statement, whose arguments are to follow.
    pub(crate) fn add(&mut self, statement: &'static str) {
        let before = match &self.arguments {
            Bound::Sqlite(arguments) => arguments.len(),
            Bound::Postgres(arguments) => arguments.len(),
        };
        self.statements.push(renumbered(statement, before));
    }

    /// Adds the next argument of the statement that was added last.
    pub(crate) fn bind<'t, T>(&mut self, value: T) -> Result<(), StoreError>
    where
        T: Encode<'t, Sqlite> + Type<Sqlite> + Encode<'t, Postgres> + Type<Postgres>,
    {
        match &mut self.arguments {
            Bound::Sqlite(arguments) => arguments.add(value),
            Bound::Postgres(arguments) => arguments.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
        Ok(())
    }

    /// Runs every statement in a transaction.
    ///
    /// # Errors
    /// When the database fails, or one of them did not write its row: what the transaction read is not there any more.
    pub async fn run(self, transaction: &mut Transaction) -> Result<(), StoreError> {
        let expected = self.statements.len() as u64;
        let written = match (&mut transaction.connection, self.arguments) {
            (Connection::Sqlite(connection), Bound::Sqlite(arguments)) => {
                let text = self.statements.join("; ");
                let query = sqlx::query_with(AssertSqlSafe(text), arguments);
                query.execute(&mut **connection).await?.rows_affected()
            }
            (Connection::Postgres(connection), Bound::Postgres(arguments)) => {
                let query = sqlx::query_scalar_with(AssertSqlSafe(joined(&self.statements)), arguments);
                let written: i64 = query.fetch_one(&mut **connection).await?;
                written.unsigned_abs()
            }
            _ => return Err(foreign()),
        };
        match written == expected {
            true => Ok(()),
            false => Err(sqlx::Error::RowNotFound.into()),
        }
    }

    /// Runs every statement, as a transaction that nothing is read in, and commits it: on PostgreSQL in one exchange,
    /// by the connection that `read_with` gives back, on SQLite together with others that come at the same time. Answers
    /// false when one of them did not write its row, or another transaction was faster: nothing has happened then.
    ///
    /// # Errors
    /// When the database fails; [`StoreError::Unconfirmed`] when the connection broke meanwhile.
    pub async fn commit_alone(self, database: &Database, read_with: Transaction) -> Result<bool, StoreError> {
        let done = match (read_with.connection, self.arguments, database.group_commit()) {
            (Connection::Postgres(mut connection), Bound::Postgres(arguments), None) => {
                let text = joined_or_failing(&self.statements);
                let query = sqlx::query_scalar_with::<_, i64, _>(AssertSqlSafe(text), arguments);
                let done = query.fetch_one(&mut *connection).await;
                done.map(drop).map_err(|error| match is_refusal(&error) {
                    true => error.into(),
                    false => unconfirmed(error),
                })
            }
            (Connection::Sqlite(connection), Bound::Sqlite(arguments), Some(group)) => {
                drop(connection);
                let texts = self.statements;
                match group.commit(Statements { texts, arguments }).await? {
                    Ok(kept) => return Ok(kept),
                    Err(Statements { texts, arguments }) => {
                        let batch = Self {
                            keyring: self.keyring,
                            statements: texts,
                            arguments: Bound::Sqlite(arguments),
                        };
                        batch.commit_by_itself(database).await
                    }
                }
            }
            _ => return Err(foreign()),
        };
        match done {
            Err(StoreError::Database(error)) if was_overtaken(&error) => Ok(false),
            done => done.map(|()| true),
        }
    }

    async fn commit_by_itself(self, database: &Database) -> Result<(), StoreError> {
        let mut transaction = database.write().await?;
        self.run(&mut transaction).await?;
        transaction.commit().await
    }
}

fn foreign() -> StoreError {
    StoreError::Schema("a batch is of another database".to_owned())
}

/// Whether what the batch builds on is not there any more.
fn was_overtaken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::RowNotFound => true,
        sqlx::Error::Database(error) if is_of_keys(&**error) => true,
        sqlx::Error::Database(failed) if failed.code().as_deref() == Some(NO_NUMBER) => true,
        error => gave_way(error),
    }
}

/// Whether a row could not be written because another one has its key, or the one that it belongs to is gone.
pub(crate) fn is_of_keys(error: &dyn DatabaseError) -> bool {
    error.is_unique_violation() || error.is_foreign_key_violation()
}

/// Whether PostgreSQL said that a statement failed: then nothing of it has happened. When it stops (class 57P) or the
/// connection breaks (class 08), that is not known.
fn is_refusal(error: &sqlx::Error) -> bool {
    let code = match error {
        sqlx::Error::Database(error) => error.code(),
        _ => None,
    };
    code.is_some_and(|code| !code.starts_with("08") && !code.starts_with("57P"))
}

/// What PostgreSQL calls a text that was to be a number (`invalid_text_representation`).
const NO_NUMBER: &str = "22P02";

/// The statement with the numbers of its arguments moved on.
fn renumbered(statement: &str, offset: usize) -> String {
    let mut parts = statement.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let number = number.parse().unwrap_or(0) + offset;
        text.push_str(&format!("${number}{rest}"));
    }
    text
}

/// One statement that runs all of them, and answers how many rows they wrote.
fn joined(statements: &[String]) -> String {
    counted(statements) + " SELECT rows FROM written"
}

/// As [`joined`], but the statement fails, with all that it has written, when one of them did not write its row.
fn joined_or_failing(statements: &[String]) -> String {
    let (counted, expected) = (counted(statements), statements.len());
    format!(
        "{counted} SELECT CASE WHEN rows = {expected} THEN rows ELSE \
         CAST('only ' || rows || ' of {expected} could be written' AS BIGINT) END FROM written"
    )
}

/// All of them as parts of one statement, with the number of rows that they write as `written`.
fn counted(statements: &[String]) -> String {
    let (mut with, mut sum) = (String::from("WITH "), String::from("0"));
    for (at, statement) in statements.iter().enumerate() {
        with.push_str(&format!("s{at} AS ({statement} RETURNING 1), "));
        sum.push_str(&format!(" + (SELECT COUNT(*) FROM s{at})"));
    }
    format!("{with}written (rows) AS (SELECT {sum})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_numbered_through() {
        assert_eq!(
            renumbered("UPDATE t SET a = $1, b = $12 WHERE c = $2 - 1", 3),
            "UPDATE t SET a = $4, b = $15 WHERE c = $5 - 1"
        );
        assert_eq!(renumbered("DELETE FROM t", 3), "DELETE FROM t");
    }

    #[test]
    fn one_statement_runs_all() {
        let statements = ["DELETE FROM t WHERE a = $1", "DELETE FROM u WHERE b = $2"];
        assert_eq!(
            joined(&statements.map(str::to_owned)),
            "WITH s0 AS (DELETE FROM t WHERE a = $1 RETURNING 1), s1 AS (DELETE FROM u WHERE b = $2 RETURNING 1), \
             written (rows) AS (SELECT 0 + (SELECT COUNT(*) FROM s0) + (SELECT COUNT(*) FROM s1)) SELECT rows FROM written"
        );
    }
}
