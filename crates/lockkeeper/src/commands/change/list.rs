//! `lockkeeper change list`.

use clap::Args;
use lockkeeper_api::client::collect;
use lockkeeper_api::types::change::{ChangeQuery, ChangeStatus, ChangeView};
use lockkeeper_api::types::page::PageQuery;

use crate::cli::{CHANGE_STATUSES, ListLimit, one_of};
use crate::commands::listing;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper change list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper change list
  lockkeeper change list --status open --json")]
pub(crate) struct Arguments {
    /// Only changes with this status
    #[arg(long, value_parser = one_of::<ChangeStatus>(CHANGE_STATUSES))]
    status: Option<ChangeStatus>,
    #[command(flatten)]
    list: ListLimit,
}

/// Prints the changes.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let status = arguments.status;
    let fetch = async |page: PageQuery| {
        let query = ChangeQuery {
            status,
            cursor: page.cursor,
            limit: page.limit,
        };
        client.changes(&project, &query).await
    };
    let page = collect(arguments.list.count(), fetch).await?;
    listing::print(
        session,
        &page,
        "changes",
        &["key", "status", "risk", "stack", "title", "by", "updated"],
        row,
    )
}

fn row(item: &ChangeView) -> Vec<String> {
    vec![
        item.key.clone(),
        status(item),
        item.class.map_or("-", |class| words::class(class).0).to_owned(),
        item.stack.clone(),
        item.title.clone(),
        item.requester.clone(),
        words::time(&item.updated_at),
    ]
}

/// The status; of an open change with what went wrong, which nobody sees otherwise.
fn status(item: &ChangeView) -> String {
    let (status, _) = words::change_status(item.status);
    match &item.trouble {
        None => status.to_owned(),
        Some(trouble) => {
            let (wrong, _) = words::stage_status(trouble.status);
            format!("{status}: {wrong} in {}", trouble.environment)
        }
    }
}
