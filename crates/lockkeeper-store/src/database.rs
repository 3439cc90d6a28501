//! The two databases behind one type.

use std::ops::{Deref, DerefMut};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool};

use crate::group_commit::GroupCommit;
use crate::keyring::{Keyring, RootKeyFingerprint};
use crate::migrate;

/// How long a caller waits for the one writer of SQLite before the store says that it is busy.
const WRITER_PATIENCE: Duration = Duration::from_secs(30);
/// Readers of SQLite never wait for the writer (WAL); this many may read at once.
const SQLITE_READERS: u32 = 8;

/// Prepared statements kept for each connection: more than there are.
pub(crate) const STATEMENTS: usize = 1000;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// What the database shows of itself, or what the server is to show, cannot be used.
    #[error(
        "the connection to the database at {host} cannot be made safe: {why}; `sslrootcert` in the address names the \
         certificate of the authority that signed the database's, `sslcert` and `sslkey` those of this server"
    )]
    Unsafe {
        /// The computer and the port.
        host: String,
        /// The reason of the cryptography's library, or the operating system's.
        why: String,
    },
    /// The connection broke while a transaction was being committed: it has happened, or it has not.
    #[error("the database went away in the middle of a commit: {0}")]
    Unconfirmed(sqlx::Error),
    /// The schema could not be brought up to date.
    #[error(
        "the database cannot be brought up to date: {0}; restore the newest backup or use the version that wrote it"
    )]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The schema is not what this program knows.
    #[error("the database's schema is not what this version knows: {0}")]
    Schema(String),
    /// A value could not be written as JSON.
    #[error("a value cannot be kept as JSON: {0}")]
    Json(serde_json::Error),
    /// A file of the store failed.
    #[error("{what}: {source}")]
    File {
        /// What was being done.
        what: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// A blob is missing, or is not what was stored.
    #[error("the blob {0} is missing or damaged: restore it from a backup of the data folder")]
    Blob(String),
    /// The keys were not opened.
    #[error("the data are locked: the server has not opened its keys yet")]
    Locked,
    /// The root key does not open the keys.
    #[error(
        "the data need the root key with the fingerprint {needed}, and were given one with {given}; give the right one, \
         or restore it from where it is kept: without it nothing of the data can be read"
    )]
    WrongRootKey {
        /// The one that wraps the keys.
        needed: RootKeyFingerprint,
        /// The one that was given.
        given: RootKeyFingerprint,
    },
    /// The data are older than data keys, and this is not the key that they were made with.
    #[error(
        "the data were made with another key than the one given (fingerprint {0}); give the file `key` that was in \
         the data folder from the first start on, or restore it from a backup"
    )]
    NotTheFirstKey(RootKeyFingerprint),
    /// Something is sealed by a data key that is not in the database.
    #[error("the data key {0} is not known: restore the newest backup of the database, which has it")]
    UnknownKey(u32),
    /// Something sealed was altered, moved or cut.
    #[error("{0} cannot be opened: it was altered, or moved from another place; restore it from a backup")]
    Unreadable(String),
    /// Something could not be sealed.
    #[error("a value is too long to be sealed")]
    CannotSeal,
    /// The bucket does not answer, or refuses.
    #[error("the bucket of blobs cannot be used: {0}")]
    Bucket(String),
    /// The objects in the bucket are those of another database.
    #[error(
        "the objects in {place} belong to another database, which would lose them: give this one a prefix of its own \
         (`blobs.bucket`); if that other database is gone for good, remove the object `owner` there"
    )]
    ForeignBucket {
        /// The bucket and the prefix.
        place: String,
    },
    /// There are blobs where a backup is to be restored to.
    #[error(
        "there are blobs in {place} already, and a restore writes nothing over: name a new data folder, and for a bucket \
         a prefix that is empty"
    )]
    BlobsThere {
        /// The folder, or the bucket and the prefix.
        place: String,
    },
    /// A blob was put on record so long after it was begun that it may have been collected meanwhile.
    #[error("what was to be stored took too long to come: send it again")]
    TooLate,
}

impl StoreError {
    /// Whether a unique key refused a row, because another transaction was faster.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, StoreError::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }

    /// Whether the database cannot be reached, or gave up for now: the same may succeed later.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, StoreError::Database(error) if is_unavailable(error))
    }

    /// Whether there is no room left to write.
    pub fn is_out_of_space(&self) -> bool {
        match self {
            // SQLITE_FULL is 13; PostgreSQL's disk_full is 53100.
            StoreError::Database(sqlx::Error::Database(error)) => {
                matches!(error.code().as_deref(), Some("13" | "53100"))
            }
            StoreError::File { source, .. } => source.kind() == std::io::ErrorKind::StorageFull,
            _ => false,
        }
    }
}

/// SQLSTATE classes and codes (PostgreSQL, appendix A) that pass: no connection, too many connections, the
/// server stops or starts, a statement or a lock took too long, a deadlock, a standby that is not promoted yet.
const PASSING: [&str; 9] = [
    "08", "53300", "57P01", "57P02", "57P03", "57014", "55P03", "40", "25006",
];

pub(crate) fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
            true
        }
        sqlx::Error::Database(error) => error
            .try_downcast_ref::<PgDatabaseError>()
            .is_some_and(|error| PASSING.iter().any(|code| error.code().starts_with(code))),
        _ => false,
    }
}

/// Whether the database ended the transaction in favour of another one (class 40): nothing of it has happened.
pub(crate) fn gave_way(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.code().is_some_and(|code| code.starts_with("40")))
}

/// An error of PostgreSQL while something is committed: it may have happened all the same.
pub(crate) fn unconfirmed(error: sqlx::Error) -> StoreError {
    match is_unavailable(&error) && !gave_way(&error) {
        true => StoreError::Unconfirmed(error),
        false => error.into(),
    }
}

/// A database, migrated, and the keys that open what it holds.
#[derive(Debug, Clone)]
pub struct Database {
    pools: Pools,
    keyring: Keyring,
}

/// The connections to a database.
#[derive(Debug, Clone)]
pub(crate) enum Pools {
    /// One file, one writer, readers that never wait.
    Sqlite {
        /// The only connection that writes.
        writer: SqlitePool,
        /// Connections that read.
        readers: SqlitePool,
        /// What is committed together.
        group: GroupCommit,
    },
    /// A server, for several replicas.
    Postgres(PgPool),
}

/// A transaction. Dropped without [`Transaction::commit`], nothing of it has happened.
#[derive(Debug)]
pub struct Transaction {
    /// The connection that it has for itself.
    #[doc(hidden)]
    pub connection: Connection,
    keyring: Keyring,
}

/// The connection of a transaction.
#[derive(Debug)]
pub enum Connection {
    /// To SQLite.
    Sqlite(Connected<Sqlite>),
    /// To PostgreSQL.
    Postgres(Connected<Postgres>),
}

/// A connection that statements run on.
#[derive(Debug)]
pub enum Connected<DB: sqlx::Database> {
    /// In a transaction that was begun.
    Begun(sqlx::Transaction<'static, DB>),
    /// Without one: each statement is a transaction by itself.
    Single(PoolConnection<DB>),
}

impl<DB: sqlx::Database> Deref for Connected<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        match self {
            Connected::Begun(transaction) => transaction,
            Connected::Single(connection) => connection,
        }
    }
}

impl<DB: sqlx::Database> DerefMut for Connected<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        match self {
            Connected::Begun(transaction) => transaction,
            Connected::Single(connection) => connection,
        }
    }
}

impl<DB: sqlx::Database> Connected<DB> {
    async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Connected::Begun(transaction) => transaction.commit().await,
            Connected::Single(_) => Ok(()),
        }
    }
}

impl Database {
    pub(crate) fn new(pools: Pools) -> Self {
        Self {
            pools,
            keyring: Keyring::default(),
        }
    }

    /// The keys that open what the database holds.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    fn transaction(&self, connection: Connection) -> Transaction {
        Transaction {
            connection,
            keyring: self.keyring.clone(),
        }
    }

    /// Opens the SQLite file, which is made if it is not there, and migrates it.
    ///
    /// # Errors
    /// When the file cannot be opened or migrated.
    pub async fn open_sqlite(file: &Path) -> Result<Self, StoreError> {
        let database = Self::open_sqlite_bare(file).await?;
        database.migrate_to(None).await?;
        Ok(database)
    }

    /// Opens the SQLite file, which is made if it is not there, and leaves its schema as it is.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn open_sqlite_bare(file: &Path) -> Result<Self, StoreError> {
        make_private(file)?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(WRITER_PATIENCE)
            .statement_cache_capacity(STATEMENTS);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(WRITER_PATIENCE)
            .connect_with(options.clone())
            .await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(SQLITE_READERS)
            .connect_lazy_with(options.read_only(true));
        let group = GroupCommit::start(writer.clone());
        Ok(Self::new(Pools::Sqlite {
            writer,
            readers,
            group,
        }))
    }

    /// Whether other servers may serve the same database.
    pub fn is_shared(&self) -> bool {
        self.postgres().is_some()
    }

    pub(crate) fn group_commit(&self) -> Option<&GroupCommit> {
        match &self.pools {
            Pools::Sqlite { group, .. } => Some(group),
            Pools::Postgres(_) => None,
        }
    }

    pub(crate) fn postgres(&self) -> Option<&PgPool> {
        match &self.pools {
            Pools::Sqlite { .. } => None,
            Pools::Postgres(pool) => Some(pool),
        }
    }

    /// Brings the schema up to the migration of that number, or up to date.
    ///
    /// # Errors
    /// When the database has had migrations that this version does not know, or one fails.
    pub async fn migrate_to(&self, schema: Option<i64>) -> Result<(), StoreError> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => {
                let mut connection = writer.acquire().await?;
                migrate::SQLITE
                    .run_direct(schema, &mut *connection, false)
                    .await?;
            }
            Pools::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                // A migration may take longer than any other statement.
                sqlx::query("SET statement_timeout = 0")
                    .execute(&mut *connection)
                    .await?;
                let migrated = migrate::POSTGRES
                    .run_direct(schema, &mut *connection, false)
                    .await;
                // Its limit is not that of the others any more.
                connection.close().await?;
                migrated?;
            }
        }
        Ok(())
    }

    /// Writes the file of SQLite anew, without the pages that are no longer in use: they hold what was there before.
    /// PostgreSQL reuses them by itself, and a dump does not have them.
    pub(crate) async fn drop_freed_pages(&self) -> Result<(), StoreError> {
        if let Pools::Sqlite { writer, .. } = &self.pools {
            let mut connection = writer.acquire().await?;
            for statement in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
                sqlx::query(statement).execute(&mut *connection).await?;
            }
        }
        Ok(())
    }

    /// The number of the newest migration that this version knows.
    pub fn newest_schema() -> i64 {
        migrate::SQLITE
            .iter()
            .map(|migration| migration.version)
            .max()
            .unwrap_or(0)
    }

    /// Begins a transaction that may write. On SQLite it is the only one until it ends, so nothing in
    /// it may wait for the network.
    ///
    /// # Errors
    /// When the database cannot be reached, or stays busy.
    pub async fn write(&self) -> Result<Transaction, StoreError> {
        let connection = match &self.pools {
            Pools::Sqlite { writer, .. } => {
                Connection::Sqlite(Connected::Begun(writer.begin_with("BEGIN IMMEDIATE").await?))
            }
            Pools::Postgres(pool) => Connection::Postgres(Connected::Begun(pool.begin().await?)),
        };
        Ok(self.transaction(connection))
    }

    /// Begins a transaction that only reads, and sees one state of the database throughout.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read(&self) -> Result<Transaction, StoreError> {
        let connection = match &self.pools {
            Pools::Sqlite { readers, .. } => Connection::Sqlite(Connected::Begun(readers.begin().await?)),
            Pools::Postgres(pool) => Connection::Postgres(Connected::Begun(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    .await?,
            )),
        };
        Ok(self.transaction(connection))
    }

    /// For one statement that only reads: nothing has to be begun and ended around it. A second statement
    /// might see what was written meanwhile.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read_once(&self) -> Result<Transaction, StoreError> {
        let connection = match &self.pools {
            Pools::Sqlite { readers, .. } => Connection::Sqlite(Connected::Single(readers.acquire().await?)),
            Pools::Postgres(pool) => Connection::Postgres(Connected::Single(pool.acquire().await?)),
        };
        Ok(self.transaction(connection))
    }

    /// Ends every connection, after those in use are given back.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// Makes the file, readable by its owner only. SQLite gives the files beside it the same mode.
fn make_private(file: &Path) -> Result<(), StoreError> {
    let opened = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(file);
    opened.map(drop).map_err(|source| StoreError::File {
        what: format!("cannot open the database {}", file.display()),
        source,
    })
}

impl Transaction {
    pub(crate) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Makes everything in the transaction last.
    ///
    /// # Errors
    /// [`StoreError::Unconfirmed`] when the connection broke meanwhile; otherwise nothing of the transaction has
    /// happened.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.connection {
            Connection::Sqlite(inner) => Ok(inner.commit().await?),
            Connection::Postgres(inner) => inner.commit().await.map_err(unconfirmed),
        }
    }
}
