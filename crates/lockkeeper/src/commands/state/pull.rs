//! `lockkeeper state pull`.

use clap::Args;
use lockkeeper_domain::state_version::VersionName;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The arguments of `lockkeeper state pull`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state pull production network > network.tfstate
  lockkeeper state pull production network --serial 12

A state holds secrets: mind where it goes.")]
pub(crate) struct Arguments {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
    /// The version, by its serial or identifier; the newest when absent
    #[arg(long, value_name = "SERIAL|ID")]
    serial: Option<VersionName>,
}

/// Prints the state, byte for byte.
///
/// # Errors
/// When there is no such state or version.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments {
        environment,
        stack,
        serial,
    } = arguments;
    let download = match serial {
        Some(version) => Some(
            client
                .pull_state_version(&project, &environment, &stack, &version.to_string())
                .await?,
        ),
        None => client.pull_state(&project, &environment, &stack).await?,
    };
    let Some(mut download) = download else {
        let detail = format!("nothing was written yet to the state of {stack} in {environment}");
        return Err(Failure::new(
            Exit::NotFound,
            "no-state",
            "There is no state",
            detail,
        ));
    };
    while let Some(piece) = download.piece().await? {
        session.console.bytes(&piece)?;
    }
    Ok(Exit::Success)
}
