//! `lockkeeper change tick`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use lockkeeper_api::types::change::TickRequest;

use super::show;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper change tick`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper change tick INFRA-1 on-call-notified --comment \"told Grace\"
  lockkeeper change tick INFRA-1 communication-sent

The tick stands in the record with your name. Computed checks cannot be ticked.")]
pub(crate) struct Arguments {
    /// The change
    key: String,
    /// The check
    #[arg(value_parser = PossibleValuesParser::new(["on-call-notified", "communication-sent"]))]
    check: String,
    /// A remark for the record
    #[arg(long, default_value = "", hide_default_value = true)]
    comment: String,
}

/// Ticks the check.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments { key, check, comment } = arguments;
    let change = client
        .tick_change(&project, &key, &TickRequest { check, comment }, &new_key()?)
        .await?;
    session.console.note("ticked")?;
    show::print_briefly(session, &change)?;
    Ok(Exit::Success)
}
