//! `lockkeeper key`: on the server's own machine, with its configuration.

mod change_root;
mod list;
mod rotate;

use clap::Subcommand;
use lockkeeper_config::ServerConfig;
use lockkeeper_store::Database;

use super::serve::{self, ConfigurationArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The verbs of `lockkeeper key`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the keys, and how much is sealed by each
    List(list::Arguments),
    /// Make a data key, which seals from now on; servers at work learn of it
    Rotate(rotate::Arguments),
    /// Wrap every key with another root key; the former one opens nothing any more
    ChangeRoot(change_root::Arguments),
}

/// Runs the verb.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) async fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::List(arguments) => list::run(arguments, session).await,
        Command::Rotate(arguments) => rotate::run(arguments, session).await,
        Command::ChangeRoot(arguments) => change_root::run(arguments, session).await,
    }
}

/// Opens the database of the server that has this configuration, and its keys. The server may be at work.
async fn open(arguments: &ConfigurationArguments) -> Result<(ServerConfig, Database), Failure> {
    let configuration = serve::read_configuration(arguments, None)?;
    serve::require_data(&configuration)?;
    let database = serve::open_database(&configuration.database).await?;
    serve::unlock(&configuration, &database).await?;
    Ok((configuration, database))
}
