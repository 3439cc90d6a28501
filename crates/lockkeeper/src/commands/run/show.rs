//! `lockkeeper run show`.

use clap::Args;
use lockkeeper_api::types::run::RunView;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

/// The arguments of `lockkeeper run show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper run show 0192f0c1-2345-7abc-8def-0123456789ab")]
pub(crate) struct Arguments {
    /// The run's identifier, as `lockkeeper run list` prints it
    run: String,
}

/// Prints the run.
///
/// # Errors
/// When there is none.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let run = client.run(&project, &arguments.run).await?;
    print(session, &run)?;
    Ok(Exit::Success)
}

/// Prints a run.
///
/// # Errors
/// When the output cannot be written.
pub(crate) fn print(session: &mut Session, run: &RunView) -> Result<(), Failure> {
    if session.console.is_json() {
        return session.console.json(run);
    }
    let text = output::run::render(run, session.console.width());
    session.console.data(&text)
}
