//! `lockkeeper backup verify`.

use clap::Args;
use lockkeeper_backup::{BackupError, Proof, Verified};
use lockkeeper_usecases::clock::{Clock, SystemClock};
use serde::Serialize;

use super::open::{Chosen, Place};
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
    let verified = lockkeeper_backup::verify(&chosen.file, &place.repository, &chosen.keys).await;
    note(&place, &chosen, &verified, session).await?;
    let verified = verified.map_err(|error| refused(error.into()))?;
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

/// Notes beside the backup what was found, for `backup list`; a place that may only be read is no failure.
async fn note(
    place: &Place,
    chosen: &Chosen,
    verified: &Result<Verified, BackupError>,
    session: &mut Session,
) -> Result<(), Failure> {
    let now = Some(SystemClock.now());
    let add = |proof: &mut Proof| match verified {
        Ok(_) => proof.verified_at = now,
        Err(_) => proof.damaged_at = now,
    };
    // Whatever else failed tells nothing of the backup.
    if !matches!(verified, Ok(_) | Err(BackupError::Damaged { .. })) {
        return Ok(());
    }
    let (repository, keys) = (&place.repository, &chosen.keys);
    if let Err(error) = repository.prove(&chosen.file.id, keys, add).await {
        session.console.note(&format!(
            "what was found could not be noted beside the backup: {error}"
        ))?;
    }
    Ok(())
}
