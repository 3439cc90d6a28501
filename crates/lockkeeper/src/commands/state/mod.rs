//! `lockkeeper state`.

mod list;
mod personal;
mod pull;
mod unlock;
mod versions;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper state`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the states, and who holds their locks
    List(list::Arguments),
    /// List the versions of a state
    Versions(versions::Arguments),
    /// Print a state as it was written
    Pull(pull::Arguments),
    /// Take the lock of a state from whoever holds it
    Unlock(unlock::Arguments),
    /// Your own copies of stacks' states
    #[command(
        subcommand,
        after_help = "Examples:\n  lockkeeper state personal create staging network"
    )]
    Personal(personal::Command),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) async fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::List(arguments) => list::run(arguments, session).await,
        Command::Versions(arguments) => versions::run(arguments, session).await,
        Command::Pull(arguments) => pull::run(arguments, session).await,
        Command::Unlock(arguments) => unlock::run(arguments, session).await,
        Command::Personal(command) => personal::run(command, session).await,
    }
}
