//! `lockkeeper state rollback`.

use clap::Args;
use lockkeeper_api::types::state::NewStateRollback;
use lockkeeper_domain::state_version::VersionName;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper state rollback`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state rollback staging network 12 --reason \"state rm of the wrong stack\"

It mends a state, and touches no object: plan afterwards, and see what differs. To undo a change, use \
`lockkeeper change rollback`.")]
pub(crate) struct Arguments {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
    /// The serial or identifier of the version that is to be the newest again
    #[arg(id = "which", value_name = "SERIAL|ID")]
    version: VersionName,
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
        version,
        reason,
    } = arguments;
    let (serial, id) = match version {
        VersionName::Serial(serial) => (Some(serial), None),
        VersionName::Id(id) => (None, Some(id.to_string())),
    };
    let rollback = NewStateRollback {
        serial,
        version: id,
        reason,
    };
    let written = client
        .roll_back_state(&project, &environment, &stack, &rollback, &new_key()?)
        .await?;
    if session.console.is_json() {
        session.console.json(&written)?;
    }
    let text = format!(
        "{stack} in {environment}: version {version} is the newest again, as serial {}",
        written.serial
    );
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}
