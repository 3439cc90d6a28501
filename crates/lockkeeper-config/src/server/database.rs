//! Where rows are kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lockkeeper_domain::secret::Secret;

use super::read_number;
use crate::reading::{Problems, Section, Value};

/// Where rows are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// An SQLite database, for one server.
    Sqlite {
        /// The file.
        file: PathBuf,
    },
    /// A PostgreSQL database, for several servers.
    Postgres(PostgresConfig),
}

/// How PostgreSQL is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresConfig {
    /// `postgres://user:password@host:port/database?sslmode=verify-full`. It holds the password.
    pub address: Secret,
    /// The most connections of this server.
    pub connections: usize,
    /// After this PostgreSQL gives up a statement.
    pub statement_timeout: Duration,
    /// How long a server that starts waits for a database that does not answer yet.
    pub start_patience: Duration,
}

const DEFAULT_CONNECTIONS: u64 = 16;
const MOST_CONNECTIONS: u64 = 1000;
const DEFAULT_STATEMENT_TIMEOUT: u64 = 30;
const DEFAULT_START_PATIENCE: u64 = 60;
const MOST_SECONDS: u64 = 3600;

/// What may stand behind the `?` of an address.
const PARAMETERS: [&str; 11] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

pub(super) fn read(root: &mut Section<'_>, data: &Path, problems: &mut Problems<'_>) -> Option<Database> {
    let value = root.take("database");
    let mut section = root.section("postgresql", problems);
    let mut number = |name, default, most| read_number(section.take(name), default, most, problems);
    let connections = number("connections", DEFAULT_CONNECTIONS, MOST_CONNECTIONS);
    let statement_timeout = number(
        "statement_timeout_seconds",
        DEFAULT_STATEMENT_TIMEOUT,
        MOST_SECONDS,
    );
    let start_patience = number("start_patience_seconds", DEFAULT_START_PATIENCE, MOST_SECONDS);
    section.finish(problems);
    let Some(value) = value else {
        let file = data.join("lockkeeper.db");
        return Some(Database::Sqlite { file });
    };
    let text = value.filled_text(problems)?;
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        refuse_unknown_parameters(text, &value, problems)?;
        return Some(Database::Postgres(PostgresConfig {
            address: Secret::new(text),
            connections: connections?,
            statement_timeout: seconds(statement_timeout?)?,
            start_patience: seconds(start_patience?)?,
        }));
    }
    read_sqlite(text, &value, problems)
}

fn seconds(number: usize) -> Option<Duration> {
    Some(Duration::from_secs(u64::try_from(number).ok()?))
}

/// A parameter that nobody knows is refused: the library would log it with its value, which may be a password.
fn refuse_unknown_parameters(address: &str, value: &Value<'_>, problems: &mut Problems<'_>) -> Option<()> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let mut names = query.split('&').filter_map(|pair| pair.split('=').next());
    if names.any(|name| !name.is_empty() && !PARAMETERS.contains(&name)) {
        let message = format!("`{}` has a parameter that is not known.", value.path());
        let hint = format!("These may follow the `?`: {}.", PARAMETERS.join(", "));
        return value.refuse(problems, message, Some(hint));
    }
    Some(())
}

fn read_sqlite(text: &str, value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Database> {
    let file = text
        .strip_prefix("sqlite:")
        .map(|rest| rest.strip_prefix("//").unwrap_or(rest));
    match file.filter(|file| !file.is_empty()) {
        Some(file) => Some(Database::Sqlite {
            file: PathBuf::from(file),
        }),
        // The text may hold a password, so no message quotes it.
        None => {
            let message = format!("`{}` is not the address of a database.", value.path());
            let hint = "Write `sqlite:FILE` or `postgres://USER@HOST/DATABASE`.";
            value.refuse(problems, message, Some(hint.to_owned()))
        }
    }
}
