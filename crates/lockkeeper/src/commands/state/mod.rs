//! `lockkeeper state`.

mod allow_overwrite;
mod delete;
mod diff;
mod export;
mod find;
mod import;
mod list;
mod personal;
mod protect;
mod pull;
mod rollback;
mod show;
mod unlock;
mod versions;

use clap::Subcommand;

use crate::commands::ask;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper state`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the states, and who holds their locks
    List(list::Arguments),
    /// Show a state: its version, its lock and who waits for it
    Show(show::Arguments),
    /// List the versions of a state
    Versions(versions::Arguments),
    /// Print a state as it was written
    Pull(pull::Arguments),
    /// Find resources in every state of the project
    Find(find::Arguments),
    /// Compare two versions of a state
    Diff(diff::Arguments),
    /// Write a state into a file, or every version into a folder
    Export(export::Arguments),
    /// Make an older version the newest again
    Rollback(rollback::Arguments),
    /// Bring a state in from a file or another backend
    Import(import::Arguments),
    /// Have leave to overwrite a state once
    AllowOverwrite(allow_overwrite::Arguments),
    /// Let only runs of approved changes write a state
    #[command(after_help = "Examples:
  lockkeeper state protect staging network --reason \"the demonstration of next week\"

What is said of a state goes before what its environment says (`lockkeeper environment edit`).")]
    Protect(protect::Arguments),
    /// Let whoever has the role write a state
    #[command(after_help = "Examples:
  lockkeeper state unprotect production network --reason \"INC-12: the run cannot write\"

What is said of a state goes before what its environment says (`lockkeeper environment edit`).")]
    Unprotect(protect::Arguments),
    /// Delete a state, whose versions stay
    Delete(delete::Arguments),
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
        Command::Find(arguments) => find::run(arguments, session).await,
        Command::Diff(arguments) => diff::run(arguments, session).await,
        Command::Export(arguments) => export::run(arguments, session).await,
        Command::Show(arguments) => show::run(arguments, session).await,
        Command::Rollback(arguments) => rollback::run(arguments, session).await,
        Command::Import(arguments) => import::run(arguments, session).await,
        Command::AllowOverwrite(arguments) => allow_overwrite::run(arguments, session).await,
        Command::Protect(arguments) => protect::run(arguments, true, session).await,
        Command::Unprotect(arguments) => protect::run(arguments, false, session).await,
        Command::Versions(arguments) => versions::run(arguments, session).await,
        Command::Pull(arguments) => pull::run(arguments, session).await,
        Command::Delete(arguments) => delete::run(arguments, session).await,
        Command::Unlock(arguments) => unlock::run(arguments, session).await,
        Command::Personal(command) => personal::run(command, session).await,
    }
}

/// Asks before something is done that cannot be undone by the same command.
fn confirm(
    session: &mut Session,
    question: &str,
    nobody: impl FnOnce() -> Failure,
    otherwise: &str,
) -> Result<(), Failure> {
    match ask::somebody(session, question, nobody)? {
        true => Ok(()),
        false => Err(Failure::new(
            Exit::Failure,
            "not-confirmed",
            "Not confirmed",
            otherwise,
        )),
    }
}
