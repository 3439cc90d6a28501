//! `lockkeeper user list`.

use clap::Args;
use lockkeeper_api::client::collect;
use lockkeeper_api::types::user::UserView;

use crate::cli::ListLimit;
use crate::commands::listing;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper user list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper user list
  lockkeeper user list --json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    list: ListLimit,
}

/// Prints the users.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let page = collect(arguments.list.count(), async |page| client.users(&page).await).await?;
    listing::print(session, &page, "users", &["name", "kind", "created"], row)
}

fn row(item: &UserView) -> Vec<String> {
    let kind = match (item.disabled, item.server_admin) {
        (true, _) => "disabled",
        (false, true) => "server admin",
        (false, false) => "user",
    };
    vec![item.name.clone(), kind.to_owned(), words::time(&item.created_at)]
}
