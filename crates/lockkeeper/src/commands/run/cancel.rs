//! `lockkeeper run cancel`.

use clap::Args;
use lockkeeper_api::types::run::RunStatus;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper run cancel`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper run cancel 0192f0c1-2345-7abc-8def-0123456789ab")]
pub(crate) struct Arguments {
    /// The run's identifier
    run: String,
}

/// Asks the run to stop: politely first, then by force.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    client.cancel_run(&project, &arguments.run, &new_key()?).await?;
    let run = client.run(&project, &arguments.run).await?;
    let never_began = run.status == RunStatus::Cancelled && run.started_at.is_none();
    session.console.note(if never_began {
        "cancelled; it had not begun, and nothing was done"
    } else {
        "asked the run to stop; what it did until then stays done"
    })?;
    super::show::print(session, &run)?;
    Ok(Exit::Success)
}
