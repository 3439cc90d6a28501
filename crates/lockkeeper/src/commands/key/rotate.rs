//! `lockkeeper key rotate`.

use clap::Args;
use lockkeeper_usecases::clock::{Clock, SystemClock};
use lockkeeper_usecases::keys::rotate_data_key;
use serde::Serialize;

use crate::commands::serve::{self, ConfigurationArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The arguments of `lockkeeper key rotate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper key rotate
  lockkeeper key rotate --config /etc/lockkeeper.toml --json

The servers may be at work. Within a minute they seal with the new key; five minutes later they begin to seal anew what \
former keys sealed. `lockkeeper key list` tells how far that has come.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    configuration: ConfigurationArguments,
}

#[derive(Serialize)]
struct Answer {
    number: u32,
}

/// Makes a data key.
///
/// # Errors
/// When the database fails, or the root key cannot be had.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (_, database) = super::open(&arguments.configuration).await?;
    let rotated = rotate_data_key(&database, SystemClock.now(), &serve::console_actor()).await;
    let number = rotated.map_err(serve::refused)?;
    let text = format!("the data key {number} seals from now on");
    session.console.answer(&Answer { number }, &text)?;
    session
        .console
        .note("what former keys sealed is sealed anew by the servers; `lockkeeper key list` tells how far")?;
    Ok(Exit::Success)
}
