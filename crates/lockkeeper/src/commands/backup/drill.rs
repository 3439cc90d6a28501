//! `lockkeeper backup drill`.

use clap::Args;
use lockkeeper_usecases::backups::drill_restore;
use serde::Serialize;

use super::open::{self, Opened};
use crate::commands::serve::{ConfigurationArguments, refused};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The arguments of `lockkeeper backup drill`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper backup drill
  lockkeeper backup drill 20261121T020000Z-5f3a9c01

The backup is restored into a folder beside the data, which is removed again. The server does this by itself with \
each backup that it makes (backup.drill), and tells of it on /readyz?verbose and /metrics.")]
pub(crate) struct Arguments {
    /// The backup; the newest when absent
    #[arg(value_name = "BACKUP")]
    backup: Option<String>,
    #[command(flatten)]
    configuration: ConfigurationArguments,
}

#[derive(Serialize)]
struct Answer {
    id: String,
    rows: u64,
    states: u64,
    audit_chains: u64,
}

/// Restores a backup aside.
///
/// # Errors
/// When it does not restore, or what was restored is not what was written.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let opened = Opened::of_server(&arguments.configuration).await?;
    let id = arguments.backup.as_deref().map(open::backup_id).transpose()?;
    let drilled = drill_restore(opened.context(), id.as_ref())
        .await
        .map_err(refused)?;
    let answer = Answer {
        id: drilled.id.to_string(),
        rows: drilled.rows,
        states: drilled.states,
        audit_chains: drilled.chains,
    };
    let text = format!(
        "{} restores: {} rows, the newest version of {} states, {} audit chains that hold",
        answer.id, answer.rows, answer.states, answer.audit_chains
    );
    session.console.answer(&answer, &text)?;
    Ok(Exit::Success)
}
