//! How PostgreSQL is reached.

use std::io::ErrorKind;
use std::time::Duration;

use lockkeeper_domain::secret::Secret;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tokio::time::Instant;

use crate::database::{Pools, STATEMENTS, is_unavailable};
use crate::{Database, StoreError};

/// How long a caller waits for a connection before the store says that the database is away. The pool tries
/// to connect anew meanwhile.
const CONNECTION_PATIENCE: Duration = Duration::from_secs(10);
/// A connection that was given back this short a time ago, which looks whether it is alive, is not asked again.
const FRESH: Duration = Duration::from_secs(1);
/// Between two tries to reach a database that does not answer at start.
const PAUSE: Duration = Duration::from_secs(1);
/// A transaction that says nothing for this long lost its server, and holds locks that others wait for.
const IDLE_IN_TRANSACTION: &str = "60s";

/// How PostgreSQL is reached.
#[derive(Debug, Clone)]
pub struct PostgresSettings {
    /// The address, with the password.
    pub address: Secret,
    /// The most connections.
    pub connections: u32,
    /// After this PostgreSQL gives up a statement.
    pub statement_timeout: Duration,
    /// How long a database that does not answer yet is waited for at start.
    pub start_patience: Duration,
}

impl PostgresSettings {
    /// The address, and for the rest what is good for most.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: Secret::new(address),
            connections: 16,
            statement_timeout: Duration::from_secs(30),
            start_patience: Duration::from_secs(60),
        }
    }
}

impl Database {
    /// Connects to PostgreSQL and migrates the database. Several servers may do this at once: each waits for
    /// the advisory lock under which the first one migrates.
    ///
    /// # Errors
    /// When the address cannot be read, the server cannot be reached in time or refuses, or the database
    /// cannot be migrated.
    pub async fn connect_postgres(settings: &PostgresSettings) -> Result<Self, StoreError> {
        let database = Self::connect_postgres_bare(settings).await?;
        database.migrate_to(None).await?;
        Ok(database)
    }

    /// Connects to PostgreSQL, and leaves the schema as it is.
    ///
    /// # Errors
    /// When the address cannot be read, or the server cannot be reached in time or refuses.
    pub async fn connect_postgres_bare(settings: &PostgresSettings) -> Result<Self, StoreError> {
        let options: PgConnectOptions = settings.address.expose().parse()?;
        // There are no such numbers here, and poolers refuse parameters of the start that they do not know.
        let options = options.extra_float_digits(None);
        connect(&options, settings.start_patience).await?.close().await?;
        let options = options.statement_cache_capacity(STATEMENTS);
        // For the same reason they are no parameters of the start. Every statement finds its rows by an index,
        // whatever its arguments are: a plan that is made anew for them is the same, and costs more than to run it.
        let limits = format!(
            "SET statement_timeout = {}; SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION}'; \
             SET plan_cache_mode = force_generic_plan",
            settings.statement_timeout.as_millis()
        );
        let pool = PgPoolOptions::new()
            // One of them hears of the other servers, for as long as this one serves.
            .max_connections(settings.connections.saturating_add(1))
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                let limits = sqlx::raw_sql(AssertSqlSafe(limits.clone()));
                Box::pin(async move { limits.execute(connection).await.map(drop) })
            })
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > FRESH {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .acquire_timeout(CONNECTION_PATIENCE)
            .connect_with(options)
            .await?;
        Ok(Database::new(Pools::Postgres(pool)))
    }
}

async fn connect(options: &PgConnectOptions, patience: Duration) -> Result<PgConnection, StoreError> {
    let deadline = Instant::now() + patience;
    loop {
        let error = match options.connect().await {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        if let Some(why) = why_unsafe(options, &error) {
            let host = format!("{}:{}", options.get_host(), options.get_port());
            return Err(StoreError::Unsafe { host, why });
        }
        if !is_unavailable(&error) || Instant::now() >= deadline {
            return Err(error.into());
        }
        tracing::warn!(
            host = options.get_host(),
            port = options.get_port(),
            %error,
            "the database does not answer yet; trying again"
        );
        tokio::time::sleep(PAUSE).await;
    }
}

/// Why the connection cannot be encrypted, or the database not be known, if that is why there is none: there is no TLS,
/// a certificate is not valid, or its file is not there. Waiting does not mend that.
fn why_unsafe(options: &PgConnectOptions, error: &sqlx::Error) -> Option<String> {
    // A socket that is not there yet is a server that starts.
    let is_socket = options.get_socket().is_some() || options.get_host().starts_with('/');
    match error {
        sqlx::Error::Tls(error) => Some(error.to_string()),
        sqlx::Error::Io(error) => match error.kind() {
            ErrorKind::InvalidData => Some(error.to_string()),
            ErrorKind::NotFound | ErrorKind::PermissionDenied if !is_socket => Some(error.to_string()),
            _ => None,
        },
        _ => None,
    }
}
