//! `lockkeeper serve`.

mod bootstrap;
mod configuration;
mod data_folder;
mod logging;
mod parts;
mod root_key;
mod server;
mod signals;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::failure::Failure;

pub(crate) use configuration::read as read_configuration;
pub(crate) use parts::{
    backup_settings, claim_data, console_actor, new_root_key, open_bare_database, open_blobs, open_database,
    open_place_of_blobs, repository, require_data, root_key, terraform_settings, unlock,
};
pub(crate) use server::{refused, store_failed};

/// The flags of `lockkeeper serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper serve
  lockkeeper serve --data /var/lib/lockkeeper --listen 127.0.0.1:7070")]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub(crate) configuration: ConfigurationArguments,
    /// Where to listen; 127.0.0.1:7070 when absent
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
}

/// Where the server's configuration is, for the server and for what works on its data beside it.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigurationArguments {
    /// The server's configuration; ./lockkeeper.toml when absent, if there is one
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The folder of the database, blobs and keys; ./lockkeeper-data when absent
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The database: sqlite:FILE, or postgres://USER@HOST/DATABASE for several servers; a file in the data folder
    /// when absent. A password belongs in LOCKKEEPER_DATABASE or in the configuration: everybody on the machine
    /// can read flags
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) database: Option<String>,
}

/// Runs the server until it is told to stop.
///
/// # Errors
/// When it cannot start.
pub(crate) fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let configuration = configuration::read(&arguments.configuration, arguments.listen)?;
    logging::begin();
    let data = data_folder::open(&configuration.data)?;
    super::choose_cryptography();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(server::serve(configuration))?;
    drop(data);
    Ok(())
}
