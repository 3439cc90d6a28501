//! `lockkeeper state list`.

use clap::Args;
use lockkeeper_api::client::collect;
use lockkeeper_api::types::state::StateView;

use crate::cli::ListLimit;
use crate::commands::listing;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper state list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state list
  lockkeeper state list --json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    list: ListLimit,
}

/// Prints the states.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let page = collect(arguments.list.count(), async |page| {
        client.states(&project, &page).await
    })
    .await?;
    listing::print(
        session,
        &page,
        "states",
        &[
            "environment",
            "stack",
            "serial",
            "resources",
            "versions",
            "written by",
            "protected",
            "locked by",
            "for",
            "held for",
            "run",
        ],
        row,
    )
}

fn row(item: &StateView) -> Vec<String> {
    let serial = item.serial.map_or("-".to_owned(), |serial| serial.to_string());
    let lock = item.lock.as_ref();
    vec![
        item.environment.clone(),
        item.stack.clone(),
        serial,
        item.resources.map_or("-".to_owned(), |count| count.to_string()),
        item.versions.to_string(),
        item.written_by.clone().unwrap_or_default(),
        if item.protected { "yes" } else { "" }.to_owned(),
        lock.map(|lock| lock.user.clone()).unwrap_or_default(),
        lock.map(|lock| lock.operation.clone()).unwrap_or_default(),
        lock.map(|lock| words::age(&lock.since)).unwrap_or_default(),
        lock.and_then(|lock| lock.run.clone()).unwrap_or_default(),
    ]
}
