//! `lockkeeper change plan`.

use clap::Args;

use super::{show, wait};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper change plan`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper change plan INFRA-1
  lockkeeper change plan INFRA-1 --no-wait

Approvals stay when the new plan has the same effects. The exit code is 1 when a plan could not be made.")]
pub(crate) struct Arguments {
    /// The change
    key: String,
    /// Do not wait for the plans
    #[arg(long)]
    no_wait: bool,
}

/// Plans anew, waits, and shows the change.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let mut change = client.plan_change(&project, &arguments.key, &new_key()?).await?;
    if arguments.no_wait {
        show::print_briefly(session, &change)?;
        return Ok(Exit::Success);
    }
    change = wait::until_planned(session, &client, &project, change).await?;
    show::print_planned(session, &change)?;
    Ok(wait::exit(&change))
}
