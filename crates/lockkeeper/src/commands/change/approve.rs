//! `lockkeeper change approve`.

use clap::Args;
use lockkeeper_api::client::Client;
use lockkeeper_api::types::change::{ApproveRequest, ChangeView, StageStatus, StageView};
use lockkeeper_api::types::plan::RiskClass;

use super::show;
use crate::commands::ask;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{change, escape};
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper change approve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper change approve INFRA-1 --role devops-lead --comment \"looks right\"
  lockkeeper change approve INFRA-1 --role security --environment production
  lockkeeper change approve INFRA-1 --plan-digest 5e1f...

It shows the plan of each environment and approves what it showed: a plan that is made in between is refused. At a \
terminal it asks before a high one. An approval is bound to the plan: when a later plan has other effects, it no longer \
counts.")]
pub(crate) struct Arguments {
    /// The change
    key: String,
    /// The function in which you approve; may be left out when you hold one only
    #[arg(long, value_name = "FUNCTION")]
    role: Option<String>,
    /// The environment whose plan you approve; every planned one when absent
    #[arg(long)]
    environment: Option<String>,
    /// The digest of the plan that you saw, which is then not shown again
    #[arg(long, value_name = "DIGEST")]
    plan_digest: Option<String>,
    /// Approve a high change without asking
    #[arg(long)]
    yes: bool,
    /// A remark for the record
    #[arg(long, default_value = "", hide_default_value = true)]
    comment: String,
}

/// Approves what it shows, or the plan that is named.
///
/// # Errors
/// When the caller may not: their own change, no such function, or a stale plan.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let change = match &arguments.plan_digest {
        Some(digest) => {
            let request = request(&arguments, arguments.environment.clone(), Some(digest.clone()));
            approve(&client, &project, &arguments.key, &request).await?
        }
        None => approve_what_is_shown(&client, &project, &arguments, session).await?,
    };
    session.console.note("approved")?;
    show::print_briefly(session, &change)?;
    Ok(Exit::Success)
}

async fn approve_what_is_shown(
    client: &Client,
    project: &str,
    arguments: &Arguments,
    session: &mut Session,
) -> Result<ChangeView, Failure> {
    let key = &arguments.key;
    let change = client.change(project, key).await?.value;
    let stages = to_approve(&change, arguments.environment.as_deref());
    if stages.is_empty() {
        // The server says why there is nothing.
        let request = request(arguments, arguments.environment.clone(), None);
        return approve(client, project, key, &request).await;
    }
    let text = change::render_to_approve(&change, &stages, session.console.width());
    session.console.note_piece(&text)?;
    if is_high(&change, &stages) && !arguments.yes && ask::somebody_is_there() {
        let question = format!("{} is high: approve what is shown above?", change.key);
        if !ask::yes(session, &escape::line(&question))? {
            let said = "nothing was approved";
            return Err(Failure::new(
                Exit::Failure,
                "not-confirmed",
                "Not confirmed",
                said,
            ));
        }
    }
    let (mut approved, mut refused) = (None, Vec::new());
    for stage in stages {
        let seen = stage.plan.as_ref().map(|plan| plan.digest.clone());
        let request = request(arguments, Some(stage.environment.clone()), seen);
        match approve(client, project, key, &request).await {
            Ok(change) => approved = Some(change),
            // What may not be approved in one environment may be in the next: reviewers of staging, say.
            Err(failure) if matches!(failure.exit(), Exit::NotAllowed | Exit::Refused) => {
                refused.push((stage.environment.as_str(), failure));
            }
            Err(failure) => {
                if approved.is_some() {
                    let text = format!("{key} was approved in environments before this one");
                    session.console.note(&escape::line(&text))?;
                }
                return Err(failure);
            }
        }
    }
    let Some(approved) = approved else {
        let first = refused.into_iter().map(|(_, failure)| failure).next();
        return Err(first.unwrap_or_else(|| Failure::usage("there is nothing to approve")));
    };
    for (environment, failure) in refused {
        let text = format!("not approved in {environment}: {}", failure.problem().detail);
        session.console.note(&escape::line(&text))?;
    }
    Ok(approved)
}

/// The environments whose plans wait for approval.
fn to_approve<'a>(change: &'a ChangeView, only: Option<&str>) -> Vec<&'a StageView> {
    let waits = |stage: &&StageView| {
        matches!(stage.status, StageStatus::Planned | StageStatus::Scheduled) && stage.plan.is_some()
    };
    let is_asked_for = |stage: &&StageView| only.is_none_or(|only| only == stage.environment);
    change.stages.iter().filter(waits).filter(is_asked_for).collect()
}

/// Whether a plan that is to be approved is high, or its author says so.
fn is_high(change: &ChangeView, stages: &[&StageView]) -> bool {
    let mut classes = stages
        .iter()
        .filter_map(|stage| stage.plan.as_ref())
        .map(|plan| plan.class);
    change.declared_class == Some(RiskClass::High) || classes.any(|class| class == RiskClass::High)
}

fn request(
    arguments: &Arguments,
    environment: Option<String>,
    plan_digest: Option<String>,
) -> ApproveRequest {
    ApproveRequest {
        role: arguments.role.clone(),
        environment,
        plan_digest,
        comment: arguments.comment.clone(),
    }
}

async fn approve(
    client: &Client,
    project: &str,
    key: &str,
    request: &ApproveRequest,
) -> Result<ChangeView, Failure> {
    Ok(client.approve_change(project, key, request, &new_key()?).await?)
}
