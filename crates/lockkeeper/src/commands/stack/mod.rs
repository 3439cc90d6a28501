//! `lockkeeper stack`.

mod list;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper stack`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the stacks that the repository's default branch declares
    List(list::Arguments),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) async fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::List(arguments) => list::run(arguments, session).await,
    }
}
