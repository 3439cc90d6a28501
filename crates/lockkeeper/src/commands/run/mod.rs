//! `lockkeeper run`.

mod cancel;
pub(crate) mod follow;
mod list;
mod logs;
mod show;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper run`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List runs, newest first
    List(list::Arguments),
    /// Show a run, and what to do when it went wrong
    Show(show::Arguments),
    /// Print the log of a run
    Logs(logs::Arguments),
    /// Stop a run
    Cancel(cancel::Arguments),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) async fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::List(arguments) => list::run(arguments, session).await,
        Command::Show(arguments) => show::run(arguments, session).await,
        Command::Logs(arguments) => logs::run(arguments, session).await,
        Command::Cancel(arguments) => cancel::run(arguments, session).await,
    }
}
