//! `lockkeeper token revoke`.

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// The arguments of `lockkeeper token revoke`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper token revoke 0192f0c1-2345-7abc-8def-0123456789ab")]
pub(crate) struct Arguments {
    /// The token's identifier, as `lockkeeper token list` prints it
    id: String,
}

/// Revokes the token.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    session.client()?.revoke_token(&arguments.id).await?;
    if session.console.is_json() {
        session
            .console
            .json(&serde_json::json!({ "id": arguments.id, "revoked": true }))?;
    }
    session
        .console
        .note(&format!("revoked token {}", escape::line(&arguments.id)))?;
    Ok(Exit::Success)
}
