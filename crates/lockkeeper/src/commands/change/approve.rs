//! `lockkeeper change approve`.

use clap::Args;
use lockkeeper_api::types::change::ApproveRequest;

use super::show;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper change approve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper change approve INFRA-1 --role devops-lead --comment \"looks right\"
  lockkeeper change approve INFRA-1 --role security --environment production

An approval is bound to the plan: when a later plan has other effects, it no longer counts.")]
pub(crate) struct Arguments {
    /// The change
    key: String,
    /// The function in which you approve; may be left out when you hold one only
    #[arg(long, value_name = "FUNCTION")]
    role: Option<String>,
    /// The environment whose plan you approve; every planned one when absent
    #[arg(long)]
    environment: Option<String>,
    /// The digest of the plan that you saw; refused when another is current
    #[arg(long, value_name = "DIGEST")]
    plan_digest: Option<String>,
    /// A remark for the record
    #[arg(long, default_value = "", hide_default_value = true)]
    comment: String,
}

/// Approves.
///
/// # Errors
/// When the caller may not: their own change, no such function, or a stale plan.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments {
        key,
        role,
        environment,
        plan_digest,
        comment,
    } = arguments;
    let approval = ApproveRequest {
        role,
        environment,
        plan_digest,
        comment,
    };
    let change = client
        .approve_change(&project, &key, &approval, &new_key()?)
        .await?;
    session.console.note("approved")?;
    show::print_briefly(session, &change)?;
    Ok(Exit::Success)
}
