//! `lockkeeper token list`.

use clap::Args;
use jiff::Timestamp;
use lockkeeper_api::client::collect;
use lockkeeper_api::types::user::TokenView;
use lockkeeper_usecases::clock::{Clock, SystemClock};

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
  lockkeeper token list --all --json

`lockkeeper tf` takes a token for each command and gives it back: those are among the ones that have ended.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    list: ListLimit,
    /// Those that were revoked or have expired, too; they are kept for a month
    #[arg(long)]
    all: bool,
}

/// Prints the tokens, without their secrets.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let now = SystemClock.now();
    let fetch = async |page| {
        let mut page = client.tokens(&page).await?;
        page.items.retain(|token| arguments.all || is_good(token, now));
        Ok(page)
    };
    let page = collect(arguments.list.count(), fetch).await?;
    listing::print(
        session,
        &page,
        "tokens",
        &["id", "user", "label", "expires", "revoked"],
        row,
    )
}

/// Whether the token opens anything still.
fn is_good(token: &TokenView, now: Timestamp) -> bool {
    token.revoked_at.is_none() && token.expires_at.parse::<Timestamp>().is_ok_and(|end| end > now)
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
