//! `lockkeeper project show`.

use anstyle::Style;
use clap::Args;
use lockkeeper_api::types::project::ProjectView;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::layout::Sheet;
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper project show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper project show shop
  lockkeeper project show --json")]
pub(crate) struct Arguments {
    /// The name; the project of the other commands when absent
    name: Option<String>,
}

/// Prints the project.
///
/// # Errors
/// When there is none of that name.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, name) = match arguments.name {
        Some(name) => (session.client()?, name),
        None => session.project().await?,
    };
    let project = client.project(&name).await?;
    print(session, &project)
}

/// Prints a project.
///
/// # Errors
/// When the output cannot be written.
pub(super) fn print(session: &mut Session, project: &ProjectView) -> Result<Exit, Failure> {
    if session.console.is_json() {
        session.console.json(project)?;
        return Ok(Exit::Success);
    }
    let mut sheet = Sheet::new(session.console.width());
    sheet.heading(&project.name, "", Style::new());
    sheet.field("repository", &project.repository, Style::new());
    if let Some(branch) = &project.default_branch {
        sheet.field("policy of", branch, Style::new());
    }
    sheet.field("created", &words::time(&project.created_at), Style::new());
    session.console.data(&sheet.finish())?;
    Ok(Exit::Success)
}
