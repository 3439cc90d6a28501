//! `lockkeeper state protect` and `lockkeeper state unprotect`.

use clap::Args;
use lockkeeper_api::types::state::StateProtection;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// The arguments of `lockkeeper state protect` and `unprotect`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
    /// Why; stands in the audit log
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Says whether only runs of approved changes write the state.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(
    arguments: Arguments,
    protected: bool,
    session: &mut Session,
) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments {
        environment,
        stack,
        reason,
    } = arguments;
    let protection = StateProtection { protected, reason };
    client
        .protect_state(&project, &environment, &stack, &protection)
        .await?;
    if session.console.is_json() {
        session.console.json(&protection)?;
    }
    let text = match protected {
        true => format!("{stack} in {environment} is protected: only runs of approved changes write it"),
        false => format!("{stack} in {environment} is not protected: whoever has the role writes it"),
    };
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}
