//! `lockkeeper policy`.

mod check;
mod folder;
mod report;
mod test;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper policy`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the tests that stand beside policies
    Test(test::Arguments),
    /// Ask policies about a plan: what they forbid, what they warn of, which class they ask for
    Check(check::Arguments),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::Test(arguments) => test::run(&arguments, session),
        Command::Check(arguments) => check::run(&arguments, session),
    }
}
