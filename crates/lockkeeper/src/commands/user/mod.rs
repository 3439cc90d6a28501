//! `lockkeeper user`.

mod create;
mod disable;
mod list;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper user`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a user
    Create(create::Arguments),
    /// List the users
    List(list::Arguments),
    /// Take everything from a user: their tokens stop working
    Disable(disable::Arguments),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) async fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::Create(arguments) => create::run(arguments, session).await,
        Command::List(arguments) => list::run(arguments, session).await,
        Command::Disable(arguments) => disable::run(arguments, session).await,
    }
}
