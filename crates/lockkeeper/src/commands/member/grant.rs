//! `lockkeeper member grant`.

use clap::Args;
use lockkeeper_api::types::project::{Member, RoleName};

use crate::cli::{ROLES, one_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{escape, words};
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper member grant`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper member grant ada author
  lockkeeper member grant grace reviewer --function devops-lead --environment production")]
pub(crate) struct Arguments {
    #[command(flatten)]
    role: RoleArguments,
}

/// A role, as it is given and taken.
#[derive(Debug, Args)]
pub(super) struct RoleArguments {
    /// The user's name
    user: String,
    /// The role
    #[arg(value_parser = one_of::<RoleName>(ROLES))]
    role: RoleName,
    /// What a reviewer answers for: devops-lead, security, database, change-advisory-board, or your own
    #[arg(long, required_if_eq("role", "reviewer"))]
    function: Option<String>,
    /// The only environment in which the role counts
    #[arg(long)]
    environment: Option<String>,
}

impl RoleArguments {
    /// As it is sent.
    pub(super) fn into_member(self) -> Member {
        let Self {
            user,
            role,
            function,
            environment,
        } = self;
        Member {
            user,
            role,
            function,
            environment,
        }
    }
}

/// A role in words: `reviewer (devops-lead)`.
pub(super) fn in_words(member: &Member) -> String {
    let function = member
        .function
        .as_deref()
        .map_or(String::new(), |function| format!(" ({function})"));
    let place = member
        .environment
        .as_deref()
        .map_or(String::new(), |place| format!(" in {place} only"));
    format!("{}{function}{place}", words::wire(&member.role))
}

/// Gives the role.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let member = arguments.role.into_member();
    client.grant(&project, &member, &new_key()?).await?;
    if session.console.is_json() {
        session.console.json(&member)?;
    }
    let text = format!("granted {} to {} in {project}", in_words(&member), member.user);
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}
