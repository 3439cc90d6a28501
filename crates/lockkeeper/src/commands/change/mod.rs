//! `lockkeeper change`.

mod apply;
mod approve;
mod cancel;
mod close;
mod edit;
mod list;
mod plan;
pub(crate) mod propose;
mod rollback;
mod show;
mod tick;
mod wait;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper change`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Propose a change from a commit, and plan it
    Propose(propose::Arguments),
    /// Show a change: plan, risk and its reasons, gates and how to open each
    Show(show::Arguments),
    /// List the changes, newest first
    List(list::Arguments),
    /// Approve the plans of a change
    Approve(approve::Arguments),
    /// Tick a check that people answer for
    Tick(tick::Arguments),
    /// Alter title, why, class or rollback of a change
    Edit(edit::Arguments),
    /// Make the plans of a change anew
    Plan(plan::Arguments),
    /// Apply a change in one environment, now or at a time
    Apply(apply::Arguments),
    /// Propose the change that undoes this one
    Rollback(rollback::Arguments),
    /// Close a change whose work is done
    Close(close::Arguments),
    /// Give a change up
    Cancel(cancel::Arguments),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) async fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::Propose(arguments) => propose::run(arguments, session).await,
        Command::Show(arguments) => show::run(arguments, session).await,
        Command::List(arguments) => list::run(arguments, session).await,
        Command::Approve(arguments) => approve::run(arguments, session).await,
        Command::Tick(arguments) => tick::run(arguments, session).await,
        Command::Edit(arguments) => edit::run(arguments, session).await,
        Command::Plan(arguments) => plan::run(arguments, session).await,
        Command::Apply(arguments) => apply::run(arguments, session).await,
        Command::Rollback(arguments) => rollback::run(arguments, session).await,
        Command::Close(arguments) => close::run(arguments, session).await,
        Command::Cancel(arguments) => cancel::run(arguments, session).await,
    }
}
