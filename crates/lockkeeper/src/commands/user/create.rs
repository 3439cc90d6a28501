//! `lockkeeper user create`.

use clap::Args;
use lockkeeper_api::types::user::NewUser;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper user create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper user create ada
  lockkeeper user create grace --server-admin")]
pub(crate) struct Arguments {
    /// The name: lower-case letters, digits and hyphens
    name: String,
    /// May create projects and users, and administer every project
    #[arg(long)]
    server_admin: bool,
}

/// Creates the user.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let user = NewUser {
        name: arguments.name,
        server_admin: arguments.server_admin,
    };
    let created = session.client()?.create_user(&user, &new_key()?).await?;
    if session.console.is_json() {
        session.console.json(&created)?;
    }
    let name = escape::line(&created.name).into_owned();
    session.console.note(&format!("created user {name}"))?;
    session.console.note(&format!(
        "  a token for them: lockkeeper token create --user {name} --label LABEL"
    ))?;
    Ok(Exit::Success)
}
