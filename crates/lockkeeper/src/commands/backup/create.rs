//! `lockkeeper backup create`.

use clap::Args;
use lockkeeper_backup::Reuse;
use lockkeeper_usecases::backups::create_backup;
use serde::Serialize;

use super::open::Opened;
use crate::commands::serve::{self, ConfigurationArguments, refused};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper backup create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper backup create
  lockkeeper backup create --config /etc/lockkeeper.toml --json
  lockkeeper backup create --full

The server may be at work: the backup is of the moment at which it was begun. What earlier backups have is not \
written again. The server makes one every day by itself (backup.daily_at).")]
pub(crate) struct Arguments {
    #[command(flatten)]
    configuration: ConfigurationArguments,
    /// Write everything anew, also what earlier backups have: after one of them turned out to be damaged
    #[arg(long)]
    full: bool,
}

#[derive(Serialize)]
struct Answer {
    id: String,
    begun_at: String,
    size: u64,
    blobs: u64,
    rows: u64,
    new_pieces: u64,
    damaged_blobs: Vec<String>,
}

/// Makes a backup.
///
/// # Errors
/// When the database, the blobs or the place of the backups fail.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let opened = Opened::of_server(&arguments.configuration).await?;
    let reuse = if arguments.full {
        Reuse::Nothing
    } else {
        Reuse::Pieces
    };
    let created = create_backup(opened.context(), reuse, &serve::console_actor())
        .await
        .map_err(refused)?;
    let manifest = created.manifest;
    let answer = Answer {
        id: created.id.to_string(),
        begun_at: manifest.begun_at.to_string(),
        size: manifest.size,
        blobs: manifest.blob_count,
        rows: manifest.tables.iter().map(|table| table.rows).sum(),
        new_pieces: created.new_pieces,
        damaged_blobs: manifest.damaged_blobs,
    };
    let text = format!(
        "{}: {} rows, {} blobs, {}",
        answer.id,
        answer.rows,
        answer.blobs,
        words::bytes(answer.size)
    );
    session.console.answer(&answer, &text)?;
    if answer.damaged_blobs.is_empty() {
        return Ok(Exit::Success);
    }
    session.console.note(&format!(
        "{} blobs are damaged and not in the backup: `lockkeeper doctor` says which states they belong to",
        answer.damaged_blobs.len()
    ))?;
    Ok(Exit::Failure)
}
