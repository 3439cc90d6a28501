//! `lockkeeper config`.

mod check;
mod files;
mod report;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper config`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Explain every mistake in a repository's or the server's configuration, with file and line
    Check(check::Arguments),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::Check(arguments) => check::run(&arguments, session),
    }
}
