//! `lockkeeper project list`.

use clap::Args;
use lockkeeper_api::client::collect;
use lockkeeper_api::types::project::ProjectView;

use crate::cli::ListLimit;
use crate::commands::listing;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper project list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper project list
  lockkeeper project list --json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    list: ListLimit,
}

/// Prints the projects.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let page = collect(arguments.list.count(), async |page| client.projects(&page).await).await?;
    listing::print(
        session,
        &page,
        "projects",
        &["name", "repository", "created"],
        row,
    )
}

fn row(item: &ProjectView) -> Vec<String> {
    vec![
        item.name.clone(),
        item.repository.clone(),
        words::time(&item.created_at),
    ]
}
