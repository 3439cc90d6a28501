//! `lockkeeper backup`: on the server's own machine, with its configuration.

mod create;
mod drill;
mod list;
mod open;
mod restore;
mod verify;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper backup`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a backup, also while the server is at work
    Create(create::Arguments),
    /// Show the backups that are kept
    List(list::Arguments),
    /// Read a backup whole, and compare every part with what was written
    Verify(verify::Arguments),
    /// Restore a backup into a new data folder or an empty database
    Restore(restore::Arguments),
    /// Prove that a backup restores: restore it aside, look at every state and audit chain, remove it
    Drill(drill::Arguments),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) async fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::Create(arguments) => create::run(arguments, session).await,
        Command::List(arguments) => list::run(arguments, session).await,
        Command::Verify(arguments) => verify::run(arguments, session).await,
        Command::Restore(arguments) => restore::run(arguments, session).await,
        Command::Drill(arguments) => drill::run(arguments, session).await,
    }
}
