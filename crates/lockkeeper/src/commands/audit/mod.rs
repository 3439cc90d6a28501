//! `lockkeeper audit`.

mod export;
mod list;
mod verify;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper audit`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the entries of the audit log
    List(list::Arguments),
    /// Recompute the chain: was anything altered, removed or reordered?
    Verify(verify::Arguments),
    /// Print or save the whole log, one JSON object on each line
    Export(export::Arguments),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) async fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::List(arguments) => list::run(arguments, session).await,
        Command::Verify(arguments) => verify::run(arguments, session).await,
        Command::Export(arguments) => export::run(arguments, session).await,
    }
}
