//! `lockkeeper plan`.

mod inspect;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper plan`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read a plan (`terraform show -json`): what it does, how risky it is, and why
    Inspect(inspect::Arguments),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::Inspect(arguments) => inspect::run(&arguments, session),
    }
}
