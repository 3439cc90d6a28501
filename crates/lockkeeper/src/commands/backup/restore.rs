//! `lockkeeper backup restore`.

use clap::Args;
use lockkeeper_backup::{prepare, restore};
use lockkeeper_config::ServerConfig;
use lockkeeper_config::server::Database as DatabaseConfig;
use lockkeeper_store::blobs::Leftovers;
use lockkeeper_usecases::clock::{Clock, SystemClock};
use serde::Serialize;

use super::open::Place;
use crate::commands::serve::{self, ConfigurationArguments, refused};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The arguments of `lockkeeper backup restore`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper backup restore --from /mnt/backups --data /var/lib/lockkeeper-new
  lockkeeper backup restore 20261121T020000Z-5f3a9c01 --from s3://backups --data ./restored

The data folder must be new, or hold nothing but the root key (DIR/key); the database must be empty, and so must the \
prefix of blobs.bucket. A backup of a server on SQLite can be restored into PostgreSQL, and the other way round. Nothing \
is written over but what an interrupted restore left: it can be begun again.")]
pub(crate) struct Arguments {
    /// The backup; the newest when absent
    #[arg(value_name = "BACKUP")]
    backup: Option<String>,
    #[command(flatten)]
    configuration: ConfigurationArguments,
    /// Where the backups are; backup.place of the configuration when absent
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    id: String,
    rows: u64,
    blobs: u64,
}

/// Blobs beside a database without rows are nobody's. Those beside a PostgreSQL that is elsewhere may be another one's.
fn leftovers(configuration: &ServerConfig) -> Leftovers {
    match &configuration.database {
        DatabaseConfig::Sqlite { file } if file.starts_with(&configuration.data) => Leftovers::Replace,
        _ => Leftovers::Refuse,
    }
}

/// Restores a backup.
///
/// # Errors
/// When the backup does not open, or there is something already where it is to go.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let place = Place::open(&arguments.configuration, arguments.from.as_deref())?;
    let chosen = place.choose(arguments.backup.as_deref()).await?;
    let (repository, configuration) = (&place.repository, &place.configuration);
    let _data = serve::claim_data(configuration)?;
    let database = serve::open_bare_database(&configuration.database).await?;
    let prepared = prepare(
        &chosen.file,
        &chosen.manifest,
        &chosen.root,
        &database,
        SystemClock.now(),
    )
    .await;
    prepared.map_err(|error| refused(error.into()))?;
    let blobs = serve::open_place_of_blobs(configuration, &database).await?;
    let leftovers = leftovers(configuration);
    let restored = restore(
        &chosen.manifest,
        repository,
        &chosen.keys,
        &database,
        &blobs,
        leftovers,
    )
    .await;
    database.close().await;
    let restored = restored.map_err(|error| refused(error.into()))?;
    let answer = Answer {
        id: chosen.file.id.to_string(),
        rows: restored.rows,
        blobs: restored.blobs,
    };
    if restored.again {
        session
            .console
            .note("an earlier restore was interrupted here: the blobs that it left were replaced")?;
    }
    let text = format!(
        "{} is restored: {} rows, {} blobs",
        answer.id, answer.rows, answer.blobs
    );
    session.console.answer(&answer, &text)?;
    session
        .console
        .note("start the server on it, then run `lockkeeper audit verify` and `lockkeeper doctor`")?;
    Ok(Exit::Success)
}
