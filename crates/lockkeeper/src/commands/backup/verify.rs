//! `lockkeeper backup verify`.

use clap::Args;
use serde::Serialize;

use super::open::Place;
use crate::commands::serve::{ConfigurationArguments, refused};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper backup verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper backup verify
  lockkeeper backup verify 20261121T020000Z-5f3a9c01 --from s3://backups/lockkeeper

It reads every part of the backup. `lockkeeper backup drill` goes further and restores it.")]
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
    size: u64,
    damaged_blobs: usize,
}

/// Verifies a backup.
///
/// # Errors
/// When a part is missing or is not what was written.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let place = Place::open(&arguments.configuration, arguments.from.as_deref())?;
    let chosen = place.choose(arguments.backup.as_deref()).await?;
    let verified = lockkeeper_backup::verify(&chosen.file, &place.repository, &chosen.keys)
        .await
        .map_err(|error| refused(error.into()))?;
    let answer = Answer {
        id: chosen.file.id.to_string(),
        rows: verified.rows,
        blobs: verified.blobs,
        size: verified.size,
        damaged_blobs: verified.damaged_blobs,
    };
    let text = format!(
        "{} is whole: {} rows, {} blobs, {}",
        answer.id,
        answer.rows,
        answer.blobs,
        words::bytes(answer.size)
    );
    session.console.answer(&answer, &text)?;
    if answer.damaged_blobs > 0 {
        session.console.note(&format!(
            "{} blobs were damaged before it was made, and are not in it",
            answer.damaged_blobs
        ))?;
    }
    Ok(Exit::Success)
}
