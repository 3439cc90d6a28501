//! `lockkeeper project`.

mod create;
mod list;
mod show;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper project`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a project
    Create(create::Arguments),
    /// List the projects that you may see
    List(list::Arguments),
    /// Show a project
    Show(show::Arguments),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) async fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::Create(arguments) => create::run(arguments, session).await,
        Command::List(arguments) => list::run(arguments, session).await,
        Command::Show(arguments) => show::run(arguments, session).await,
    }
}
