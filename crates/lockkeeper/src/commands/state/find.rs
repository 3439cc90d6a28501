//! `lockkeeper state find`.

use clap::Args;
use lockkeeper_api::client::collect;
use lockkeeper_api::types::state::FoundResourceView;

use crate::cli::ListLimit;
use crate::commands::listing;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The arguments of `lockkeeper state find`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state find aws_db_instance
  lockkeeper state find module.network.aws_subnet.private
  lockkeeper state find vpc-0a1b2c3d

Looks in the newest version of every state of the project. The text is compared as a whole: a type, an address \
with or without its index, an identifier, or a name.")]
pub(crate) struct Arguments {
    /// A type, an address, an identifier or a name
    text: String,
    #[command(flatten)]
    list: ListLimit,
}

/// Prints what is found.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let fetch = async |page| {
        client
            .find_state_resources(&project, &arguments.text, &page)
            .await
    };
    let page = collect(arguments.list.count(), fetch).await?;
    let headings = ["environment", "stack", "address", "id", "name", "serial"];
    listing::print(
        session,
        &page,
        "resources of that type, address, identifier or name",
        &headings,
        row,
    )
}

fn row(item: &FoundResourceView) -> Vec<String> {
    vec![
        item.environment.clone(),
        item.stack.clone(),
        item.address.clone(),
        item.id.clone().unwrap_or_default(),
        item.name.clone().unwrap_or_default(),
        item.serial.to_string(),
    ]
}
