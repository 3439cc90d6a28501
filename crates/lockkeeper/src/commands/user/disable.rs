//! `lockkeeper user disable`.

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper user disable`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper user disable ada")]
pub(crate) struct Arguments {
    /// The user's name
    name: String,
}

/// Disables the user.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    session
        .client()?
        .disable_user(&arguments.name, &new_key()?)
        .await?;
    if session.console.is_json() {
        session
            .console
            .json(&serde_json::json!({ "name": arguments.name, "disabled": true }))?;
    }
    session
        .console
        .note(&format!("disabled user {}", escape::line(&arguments.name)))?;
    Ok(Exit::Success)
}
