//! `lockkeeper state personal`.

mod create;
mod list;
mod refresh;
mod remove;

use clap::{Args, Subcommand};
use lockkeeper_api::client::Client;
use lockkeeper_api::types::state::PersonalStateView;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// The verbs of `lockkeeper state personal`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make your own copy of a stack's state
    Create(create::Arguments),
    /// Copy the shared state into your own once more
    #[command(visible_alias = "reset")]
    Refresh(refresh::Arguments),
    /// Remove a personal state with its versions
    Remove(remove::Arguments),
    /// List your personal states; everybody's for administrators
    List(list::Arguments),
}

/// Which stack, and where.
#[derive(Debug, Args)]
struct Place {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) async fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::Create(arguments) => create::run(arguments, session).await,
        Command::Refresh(arguments) => refresh::run(arguments, session).await,
        Command::Remove(arguments) => remove::run(arguments, session).await,
        Command::List(arguments) => list::run(arguments, session).await,
    }
}

/// The caller's name, by which their personal states are found.
async fn own_name(client: &Client) -> Result<String, Failure> {
    Ok(client.caller().await?.user.name)
}

/// Tells what the personal state is now.
fn tell(session: &mut Session, state: &PersonalStateView) -> Result<Exit, Failure> {
    if session.console.is_json() {
        session.console.json(state)?;
    }
    let content = match state.serial {
        Some(serial) => format!("serial {serial}"),
        None => "empty".to_owned(),
    };
    let PersonalStateView {
        user,
        environment,
        stack,
        ..
    } = state;
    let text = format!("{user} has a personal state of {stack} in {environment}: {content}");
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}
