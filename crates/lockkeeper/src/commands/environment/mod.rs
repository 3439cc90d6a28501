//! `lockkeeper environment`.

mod create;
mod edit;
mod list;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper environment`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create an environment
    Create(create::Arguments),
    /// Say whether an environment protects its states
    Edit(edit::Arguments),
    /// List the environments, in the order of promotion
    List(list::Arguments),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) async fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::Create(arguments) => create::run(arguments, session).await,
        Command::Edit(arguments) => edit::run(arguments, session).await,
        Command::List(arguments) => list::run(arguments, session).await,
    }
}
