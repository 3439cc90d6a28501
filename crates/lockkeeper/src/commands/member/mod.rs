//! `lockkeeper member`.

mod grant;
mod list;
mod revoke;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper member`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Give a user a role
    Grant(grant::Arguments),
    /// Take a role from a user
    Revoke(revoke::Arguments),
    /// List who holds which role
    List(list::Arguments),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) async fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::Grant(arguments) => grant::run(arguments, session).await,
        Command::Revoke(arguments) => revoke::run(arguments, session).await,
        Command::List(arguments) => list::run(arguments, session).await,
    }
}
