//! `lockkeeper state personal remove`.

use clap::Args;

use super::{Place, own_name};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// The arguments of `lockkeeper state personal remove`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state personal remove staging network
  lockkeeper state personal remove staging network --user ada

What the state describes is not destroyed: `terraform destroy` before, if it is to go.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Whose; your own when absent. Administrators remove those of others
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
}

/// Removes the personal state.
///
/// # Errors
/// When its lock is held, or the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Place { environment, stack } = arguments.place;
    let user = match arguments.user {
        Some(user) => user,
        None => own_name(&client).await?,
    };
    client
        .remove_personal_state(&project, &environment, &stack, &user)
        .await?;
    if session.console.is_json() {
        let removed = serde_json::json!({"user": user, "environment": environment, "stack": stack});
        session.console.json(&removed)?;
    }
    let text = format!(
        "{user} has no personal state of {stack} in {environment} any more; what it described is still there"
    );
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}
