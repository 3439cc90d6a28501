//! `lockkeeper token`.

mod create;
mod list;
mod revoke;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper token`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a token; its secret is printed this once
    Create(create::Arguments),
    /// List the tokens that you may see
    List(list::Arguments),
    /// Make a token stop working
    Revoke(revoke::Arguments),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) async fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::Create(arguments) => create::run(arguments, session).await,
        Command::List(arguments) => list::run(arguments, session).await,
        Command::Revoke(arguments) => revoke::run(arguments, session).await,
    }
}
