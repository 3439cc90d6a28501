//! `lockkeeper change cancel`.

use clap::Args;
use lockkeeper_api::types::change::EndRequest;

use super::show;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper change cancel`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper change cancel INFRA-1 --comment \"superseded by INFRA-2\"")]
pub(crate) struct Arguments {
    /// The change
    key: String,
    /// A remark for the record
    #[arg(long, default_value = "", hide_default_value = true)]
    comment: String,
}

/// Gives the change up.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments { key, comment } = arguments;
    let change = client
        .cancel_change(&project, &key, &EndRequest { comment }, &new_key()?)
        .await?;
    session.console.note("cancelled")?;
    show::print_briefly(session, &change)?;
    Ok(Exit::Success)
}
