//! `lockkeeper member list`.

use clap::Args;
use lockkeeper_api::client::collect;
use lockkeeper_api::types::project::Member;

use crate::cli::ListLimit;
use crate::commands::listing;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper member list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper member list
  lockkeeper member list --project shop --json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    list: ListLimit,
}

/// Prints the roles that people hold.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let page = collect(arguments.list.count(), async |page| {
        client.members(&project, &page).await
    })
    .await?;
    listing::print(
        session,
        &page,
        "members",
        &["user", "role", "function", "environment"],
        row,
    )
}

fn row(item: &Member) -> Vec<String> {
    let rest = [&item.function, &item.environment].map(|text| text.clone().unwrap_or_default());
    [item.user.clone(), words::wire(&item.role)]
        .into_iter()
        .chain(rest)
        .collect()
}
