//! `lockkeeper change edit`.

use clap::Args;
use lockkeeper_api::types::change::ChangeEdit;
use lockkeeper_api::types::plan::RiskClass;

use super::show;
use crate::cli::{CLASSES, one_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The arguments of `lockkeeper change edit`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper change edit INFRA-1 --rollback \"Revert the commit, apply again\"
  lockkeeper change edit INFRA-1 --class high --why \"PROJ-456, touches billing\"

When somebody else alters the change at the same moment, one of the two is refused: nothing is lost.")]
pub(crate) struct Arguments {
    /// The change
    key: String,
    #[command(flatten)]
    edit: Edit,
}

/// What to alter, at least one of them.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Edit {
    /// Another title
    #[arg(long)]
    title: Option<String>,
    /// Another why
    #[arg(long)]
    why: Option<String>,
    /// A higher class, never lower than the computed one
    #[arg(long, value_name = "CLASS", value_parser = one_of::<RiskClass>(CLASSES))]
    class: Option<RiskClass>,
    /// How to go back, in words
    #[arg(long, value_name = "TEXT")]
    rollback: Option<String>,
}

/// Alters the version of the change that it just read.
///
/// # Errors
/// When the server refuses, or somebody else was faster.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Edit {
        title,
        why,
        class,
        rollback,
    } = arguments.edit;
    let edit = ChangeEdit {
        title,
        why,
        declared_class: class,
        rollback,
    };
    let seen = client.change(&project, &arguments.key).await?;
    let change = client
        .edit_change(&project, &arguments.key, &edit, seen.etag.as_deref())
        .await?
        .value;
    session.console.note("altered")?;
    show::print_briefly(session, &change)?;
    Ok(Exit::Success)
}
