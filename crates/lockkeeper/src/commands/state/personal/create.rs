//! `lockkeeper state personal create`.

use clap::Args;
use lockkeeper_api::types::state::PersonalBase;

use super::{Place, own_name, tell};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// The arguments of `lockkeeper state personal create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state personal create staging network
  lockkeeper state personal create staging network --empty

The copy has a lineage of its own: it can never be pushed over the shared state. What is applied with it is \
real: a copy describes the same objects as the shared state, until names differ.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Begin with nothing instead of a copy
    #[arg(long)]
    empty: bool,
}

/// Makes the personal state.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Place { environment, stack } = arguments.place;
    let from = match arguments.empty {
        true => PersonalBase::Empty,
        false => PersonalBase::Shared,
    };
    let user = own_name(&client).await?;
    let (state, made) = client
        .create_personal_state(&project, &environment, &stack, &user, from)
        .await?;
    tell(session, &state)?;
    if !made {
        let text = format!(
            "it was there already and stays as it is; to copy the shared state into it: lockkeeper state personal refresh {environment} {stack}"
        );
        session.console.note(&escape::line(&text))?;
    }
    Ok(Exit::Success)
}
