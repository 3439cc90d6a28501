//! `lockkeeper environment edit`.

use clap::Args;
use lockkeeper_api::types::project::EnvironmentEdit;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// The arguments of `lockkeeper environment edit`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper environment edit staging --protect-states true
  lockkeeper environment edit production --protect-states false")]
pub(crate) struct Arguments {
    /// The environment
    name: String,
    /// Whether its states are written by runs of approved changes only
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set)]
    protect_states: bool,
}

/// Alters the environment.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let edit = EnvironmentEdit {
        states_protected: arguments.protect_states,
    };
    let environment = client.edit_environment(&project, &arguments.name, &edit).await?;
    if session.console.is_json() {
        session.console.json(&environment)?;
    }
    let text = match environment.states_protected {
        true => format!(
            "the states of {} are written by runs of approved changes only",
            environment.name
        ),
        false => format!(
            "the states of {} are written by whoever has the role",
            environment.name
        ),
    };
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}
