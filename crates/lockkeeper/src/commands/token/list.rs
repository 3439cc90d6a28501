//! `lockkeeper token list`.

use clap::Args;
use lockkeeper_api::client::collect;
use lockkeeper_api::types::user::TokenView;

use crate::cli::ListLimit;
use crate::commands::listing;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper token list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper token list
  lockkeeper token list --json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    list: ListLimit,
}

/// Prints the tokens, without their secrets.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let page = collect(arguments.list.count(), async |page| client.tokens(&page).await).await?;
    listing::print(
        session,
        &page,
        "tokens",
        &["id", "user", "label", "expires", "revoked"],
        row,
    )
}

fn row(item: &TokenView) -> Vec<String> {
    let revoked = item.revoked_at.as_deref().map(words::time).unwrap_or_default();
    let expires = words::time(&item.expires_at);
    vec![
        item.id.clone(),
        item.user.clone(),
        item.label.clone(),
        expires,
        revoked,
    ]
}
