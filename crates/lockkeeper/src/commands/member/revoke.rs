//! `lockkeeper member revoke`.

use clap::Args;

use super::grant::{RoleArguments, in_words};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper member revoke`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper member revoke ada author
  lockkeeper member revoke grace reviewer --function devops-lead")]
pub(crate) struct Arguments {
    #[command(flatten)]
    role: RoleArguments,
}

/// Takes the role.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let member = arguments.role.into_member();
    client.revoke(&project, &member, &new_key()?).await?;
    if session.console.is_json() {
        session.console.json(&member)?;
    }
    let text = format!("revoked {} from {} in {project}", in_words(&member), member.user);
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}
