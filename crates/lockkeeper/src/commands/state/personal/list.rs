//! `lockkeeper state personal list`.

use clap::Args;
use lockkeeper_api::client::collect;
use lockkeeper_api::types::state::PersonalStateView;

use crate::cli::ListLimit;
use crate::commands::listing;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper state personal list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state personal list
  lockkeeper state personal list --json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    list: ListLimit,
}

/// Prints the personal states.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let fetch = async |page| client.personal_states(&project, &page).await;
    let page = collect(arguments.list.count(), fetch).await?;
    let headings = [
        "user",
        "environment",
        "stack",
        "serial",
        "resources",
        "versions",
        "written",
        "locked for",
    ];
    listing::print(session, &page, "personal states", &headings, row)
}

fn row(item: &PersonalStateView) -> Vec<String> {
    let number = |number: Option<i64>| number.map_or("-".to_owned(), |number| number.to_string());
    vec![
        item.user.clone(),
        item.environment.clone(),
        item.stack.clone(),
        number(item.serial),
        number(item.resources),
        item.versions.to_string(),
        item.written_at
            .as_deref()
            .map(words::exact_time)
            .unwrap_or_default(),
        item.lock
            .as_ref()
            .map(|lock| lock.operation.clone())
            .unwrap_or_default(),
    ]
}
