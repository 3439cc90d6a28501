//! `lockkeeper audit list`.

use clap::Args;
use lockkeeper_api::client::collect;
use lockkeeper_api::types::audit::AuditEntryView;

use crate::cli::ListLimit;
use crate::commands::listing;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper audit list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper audit list
  lockkeeper audit list --limit 500 --json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    list: ListLimit,
}

/// Prints the entries.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let page = collect(arguments.list.count(), async |page| {
        client.audit(&project, &page).await
    })
    .await?;
    listing::print(
        session,
        &page,
        "entries",
        &["#", "at", "actor", "action", "subject", "details"],
        row,
    )
}

fn row(item: &AuditEntryView) -> Vec<String> {
    vec![
        item.sequence.to_string(),
        words::exact_time(&item.at),
        item.actor.clone(),
        item.action.clone(),
        item.subject.clone(),
        in_short(&item.details),
    ]
}

/// The details as `name=value`, without what is absent.
fn in_short(details: &serde_json::Value) -> String {
    let Some(fields) = details.as_object() else {
        return String::new();
    };
    let present = fields
        .iter()
        .filter(|(_, value)| !value.is_null() && value.as_str() != Some(""));
    let words: Vec<String> = present
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name}={text}"),
            None => format!("{name}={value}"),
        })
        .collect();
    words.join(" ")
}
