//! `lockkeeper change close`.

use clap::Args;
use lockkeeper_api::types::change::EndRequest;

use super::show;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper change close`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper change close INFRA-1
  lockkeeper change close INFRA-1 --comment \"documentation is up to date\"")]
pub(crate) struct Arguments {
    /// The change
    key: String,
    /// A remark for the record
    #[arg(long, default_value = "", hide_default_value = true)]
    comment: String,
}

/// Closes the change.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments { key, comment } = arguments;
    let change = client
        .close_change(&project, &key, &EndRequest { comment }, &new_key()?)
        .await?;
    session.console.note("closed")?;
    show::print_briefly(session, &change)?;
    Ok(Exit::Success)
}
