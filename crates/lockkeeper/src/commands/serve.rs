//! `lockkeeper serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;

/// The flags of `lockkeeper serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper serve
  lockkeeper serve --data /var/lib/lockkeeper --listen 127.0.0.1:7070")]
pub(crate) struct ServeArguments {
    /// The server's configuration
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The folder of the database, blobs and keys; ./lockkeeper-data when absent
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Where to listen; 127.0.0.1:7070 when absent
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
}

/// Runs the server until it is told to stop.
///
/// # Errors
/// When it cannot start.
pub(crate) fn run(_arguments: ServeArguments) -> Result<(), Failure> {
    Err(Failure::new(
        Exit::Failure,
        "not-wired",
        "Not wired",
        "the server is not wired yet",
    ))
}
