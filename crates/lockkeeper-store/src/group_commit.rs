//! Group commit on SQLite: batches that come while another one is written wait for each other, and share one transaction
//! and its sync. (PostgreSQL does the same by itself.)

use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Row, Sqlite, SqlitePool};
use tokio::sync::{mpsc, oneshot};

use crate::StoreError;
use crate::batch::is_of_keys;

/// How many batches one transaction may hold. All of them wait for the last.
const MOST: usize = 64;

/// The statements of a batch, with their arguments.
#[derive(Debug)]
pub(crate) struct Statements {
    pub(crate) texts: Vec<String>,
    pub(crate) arguments: SqliteArguments,
}

/// Commits batches in groups.
#[derive(Debug, Clone)]
pub(crate) struct GroupCommit {
    members: mpsc::Sender<Member>,
}

/// A batch that waits to be committed.
struct Member {
    statements: Statements,
    answer: oneshot::Sender<Result<bool, Statements>>,
}

impl GroupCommit {
    /// Commits by the connection of a pool, for as long as this or a clone of it is there.
    pub(crate) fn start(writer: SqlitePool) -> Self {
        let (members, mut waiting) = mpsc::channel(MOST);
        tokio::spawn(async move {
            let mut group = Vec::new();
            while waiting.recv_many(&mut group, MOST).await > 0 {
                commit(&writer, std::mem::take(&mut group)).await;
            }
        });
        Self { members }
    }

    /// Commits a batch. Answers whether each of its statements wrote its row; if not, nothing of it has happened. The
    /// statements come back when the group could not be committed: by themselves they may be, or say why not.
    ///
    /// # Errors
    /// [`StoreError::Unconfirmed`] when nobody answers.
    pub(crate) async fn commit(
        &self,
        statements: Statements,
    ) -> Result<Result<bool, Statements>, StoreError> {
        let (answer, answered) = oneshot::channel();
        let member = Member { statements, answer };
        if let Err(unsent) = self.members.send(member).await {
            return Ok(Err(unsent.0.statements));
        }
        answered
            .await
            .map_err(|_| StoreError::Unconfirmed(sqlx::Error::WorkerCrashed))
    }
}

async fn commit(writer: &SqlitePool, group: Vec<Member>) {
    let kept = write(writer, &group).await;
    if let Err(error) = &kept {
        tracing::warn!(batches = group.len(), %error, "a group could not be committed; each is tried alone");
    }
    let mut kept = kept.ok().map(Vec::into_iter);
    for Member { statements, answer } in group {
        let kept = kept.as_mut().and_then(Iterator::next);
        // Whoever does not listen any more has gone away.
        answer.send(kept.ok_or(statements)).ok();
    }
}

/// Writes and commits all of a group. Answers of each whether it was kept.
async fn write(writer: &SqlitePool, group: &[Member]) -> Result<Vec<bool>, sqlx::Error> {
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    let mut kept = Vec::with_capacity(group.len());
    for member in group {
        let is_first = kept.is_empty();
        kept.push(
            member
                .statements
                .write_or_undo(&mut transaction, is_first)
                .await?,
        );
    }
    transaction.commit().await?;
    Ok(kept)
}

impl Statements {
    /// Runs the statements. If one of them does not write its row, none of them has happened. The savepoint stays open
    /// for the next member, or the commit.
    async fn write_or_undo(
        &self,
        transaction: &mut sqlx::Transaction<'_, Sqlite>,
        is_first: bool,
    ) -> Result<bool, sqlx::Error> {
        // All in one text: each hop to the thread of the connection costs more than a statement.
        let text = format!(
            "{}SAVEPOINT member; SELECT total_changes(); {}; SELECT total_changes()",
            if is_first { "" } else { "RELEASE member; " },
            self.texts.join("; ")
        );
        let query = sqlx::query_with(AssertSqlSafe(text), self.arguments.clone());
        let written = match query.fetch_all(&mut **transaction).await {
            Ok(rows) => {
                let counts: Result<Vec<i64>, _> = rows.iter().map(|row| row.try_get(0)).collect();
                matches!(counts?.as_slice(), [before, after] if after - before == self.expected())
            }
            Err(sqlx::Error::Database(error)) if is_of_keys(&*error) => false,
            Err(error) => return Err(error),
        };
        if !written {
            sqlx::raw_sql("ROLLBACK TO member")
                .execute(&mut **transaction)
                .await?;
        }
        Ok(written)
    }

    fn expected(&self) -> i64 {
        i64::try_from(self.texts.len()).unwrap_or(i64::MAX)
    }
}
