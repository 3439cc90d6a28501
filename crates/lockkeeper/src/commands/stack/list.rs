//! `lockkeeper stack list`.

use clap::Args;
use lockkeeper_api::client::collect;
use lockkeeper_api::types::project::StackView;

use crate::cli::ListLimit;
use crate::commands::listing;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The arguments of `lockkeeper stack list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper stack list
  lockkeeper stack list --json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    list: ListLimit,
}

/// Prints the stacks.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let page = collect(arguments.list.count(), async |page| {
        client.stacks(&project, &page).await
    })
    .await?;
    listing::print(session, &page, "stacks", &["name", "folder", "owner"], row)
}

fn row(item: &StackView) -> Vec<String> {
    vec![
        item.name.clone(),
        item.folder.clone(),
        item.owner.clone().unwrap_or_default(),
    ]
}
