//! `lockkeeper change cancel`.

use clap::Args;
use lockkeeper_api::types::change::{ChangeView, EndRequest, StageStatus};

use super::show;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper change cancel`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper change cancel INFRA-1 --comment \"superseded by INFRA-2\"

What was applied already stays; `change rollback` undoes it.")]
pub(crate) struct Arguments {
    /// The change
    key: String,
    /// A remark for the record
    #[arg(long, default_value = "", hide_default_value = true)]
    comment: String,
}

/// Gives the change up.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments { key, comment } = arguments;
    let change = client
        .cancel_change(&project, &key, &EndRequest { comment }, &new_key()?)
        .await?;
    session.console.note("cancelled")?;
    if let Some(warning) = what_stays(&change) {
        session.console.note(&escape::line(&warning))?;
    }
    show::print_briefly(session, &change)?;
    Ok(Exit::Success)
}

/// That giving a change up undoes nothing, where something was altered.
fn what_stays(change: &ChangeView) -> Option<String> {
    let is_touched = |status| {
        matches!(
            status,
            StageStatus::ApplyFailed
                | StageStatus::Interrupted
                | StageStatus::VerificationFailed
                | StageStatus::Verified
        )
    };
    let touched = change.stages.iter().filter(|stage| is_touched(stage.status));
    let names: Vec<&str> = touched.map(|stage| stage.environment.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    Some(format!(
        "warning: what was applied in {} stays as it is; `lockkeeper change rollback {}` undoes it",
        names.join(" and "),
        change.key
    ))
}
