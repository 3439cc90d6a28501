//! `lockkeeper run list`.

use clap::Args;
use lockkeeper_api::client::collect;
use lockkeeper_api::types::run::RunView;

use crate::cli::ListLimit;
use crate::commands::listing;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper run list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper run list
  lockkeeper run list --change INFRA-1 --json")]
pub(crate) struct Arguments {
    /// Only the runs of this change
    #[arg(long, value_name = "KEY")]
    change: Option<String>,
    #[command(flatten)]
    list: ListLimit,
}

/// Prints the runs.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let change = arguments.change.as_deref();
    let page = collect(arguments.list.count(), async |page| {
        client.runs(&project, change, &page).await
    })
    .await?;
    listing::print(
        session,
        &page,
        "runs",
        &["id", "kind", "change", "environment", "status", "asked for", "by"],
        row,
    )
}

fn row(item: &RunView) -> Vec<String> {
    vec![
        item.id.clone(),
        words::run_kind(item.kind).to_owned(),
        item.change.clone(),
        item.environment.clone(),
        words::run_status(item.status).0.to_owned(),
        words::time(&item.created_at),
        item.requested_by.clone(),
    ]
}
