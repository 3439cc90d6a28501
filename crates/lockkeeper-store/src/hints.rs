//! What servers of one PostgreSQL tell each other, so that nobody has to wait for the next look. Hints may be
//! lost: whoever needs to know looks by itself, too.

use sqlx::postgres::PgListener;

use crate::{Database, StoreError};

/// The channel of `LISTEN` and `NOTIFY`; each database has its own.
const CHANNEL: &str = "lockkeeper";

/// Hears the hints of every server, this one included.
#[derive(Debug)]
pub struct Hints(PgListener);

impl Hints {
    /// The next hint. What was said while the connection was broken is lost.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn next(&mut self) -> Result<String, StoreError> {
        Ok(self.0.recv().await?.payload().to_owned())
    }
}

impl Database {
    /// Listens to hints; none on SQLite, which has one server.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn hints(&self) -> Result<Option<Hints>, StoreError> {
        let Some(pool) = self.postgres() else {
            return Ok(None);
        };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Hints(listener)))
    }

    /// Tells every server something, at most 8000 bytes. Nothing on SQLite.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn hint(&self, text: &str) -> Result<(), StoreError> {
        if let Some(pool) = self.postgres() {
            sqlx::query("SELECT pg_notify($1, $2)")
                .bind(CHANNEL)
                .bind(text)
                .execute(pool)
                .await?;
        }
        Ok(())
    }
}
