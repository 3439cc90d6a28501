//! `lockkeeper state rollback`.

use clap::Args;
use lockkeeper_api::types::state::NewStateRollback;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper state rollback`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state rollback staging network 12 --reason \"a state rm that was meant for another stack\"

It mends a state, and touches no object: plan afterwards, and see what differs. To undo a change, use \
`lockkeeper change rollback`.")]
pub(crate) struct Arguments {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
    /// The serial of the version that is to be the newest again
    serial: i64,
    /// Why; stands in the audit log and with the version
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Makes the version the newest.
///
/// # Errors
/// When the lock is held, or the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments {
        environment,
        stack,
        serial,
        reason,
    } = arguments;
    let rollback = NewStateRollback { serial, reason };
    let written = client
        .roll_back_state(&project, &environment, &stack, &rollback, &new_key()?)
        .await?;
    if session.console.is_json() {
        session.console.json(&written)?;
    }
    let text = format!(
        "{stack} in {environment}: version {serial} is the newest again, as serial {}",
        written.serial
    );
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}
