//! `lockkeeper change rollback`.

use clap::Args;
use lockkeeper_api::types::change::RollbackRequest;

use super::{show, wait};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper change rollback`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper change rollback INFRA-1 --why \"errors at checkout\"
  lockkeeper change rollback INFRA-1 --environment production

The rollback is a change of its own: the previous revision, planned and gated like any other.")]
pub(crate) struct Arguments {
    /// The change to undo
    key: String,
    /// The only environment to roll back; every one that was applied when absent
    #[arg(long)]
    environment: Option<String>,
    /// Why
    #[arg(long, default_value = "", hide_default_value = true)]
    why: String,
    /// Do not wait for the plans
    #[arg(long)]
    no_wait: bool,
}

/// Proposes the rollback, waits for its plans, and shows it.
///
/// # Errors
/// When nothing was applied, or the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments {
        key,
        environment,
        why,
        no_wait,
    } = arguments;
    let request = RollbackRequest { environment, why };
    let mut change = client
        .roll_back_change(&project, &key, &request, &new_key()?)
        .await?;
    let text = format!("proposed {}, which undoes {key}", change.key);
    session.console.note(&escape::line(&text))?;
    if no_wait {
        show::print_briefly(session, &change)?;
        return Ok(Exit::Success);
    }
    change = wait::until_planned(session, &client, &project, change).await?;
    show::print_planned(session, &change)?;
    Ok(wait::exit(&change))
}
