//! `lockkeeper state personal refresh`.

use clap::Args;

use super::{Place, own_name, tell};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper state personal refresh`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state personal refresh staging network

What was there stays among the versions.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
}

/// Copies the shared state once more.
///
/// # Errors
/// When there is no personal state, its lock is held, or the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Place { environment, stack } = arguments.place;
    let user = own_name(&client).await?;
    let state = client
        .refresh_personal_state(&project, &environment, &stack, &user, &new_key()?)
        .await?;
    tell(session, &state)
}
