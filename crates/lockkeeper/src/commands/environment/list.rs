//! `lockkeeper environment list`.

use clap::Args;
use lockkeeper_api::client::collect;
use lockkeeper_api::types::project::EnvironmentView;

use crate::cli::ListLimit;
use crate::commands::listing;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper environment list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper environment list
  lockkeeper environment list --project shop")]
pub(crate) struct Arguments {
    #[command(flatten)]
    list: ListLimit,
}

/// Prints the environments.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let page = collect(arguments.list.count(), async |page| {
        client.environments(&project, &page).await
    })
    .await?;
    listing::print(
        session,
        &page,
        "environments",
        &["name", "tier", "promotes from", "states", "created"],
        row,
    )
}

fn row(item: &EnvironmentView) -> Vec<String> {
    let from = item.promotes_from.clone().unwrap_or_default();
    vec![
        item.name.clone(),
        words::wire(&item.tier),
        from,
        if item.states_protected { "protected" } else { "" }.to_owned(),
        words::time(&item.created_at),
    ]
}
