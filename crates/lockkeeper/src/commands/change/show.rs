//! `lockkeeper change show`.

use clap::Args;
use lockkeeper_api::client::Client;
use lockkeeper_api::types::change::ChangeView;
use lockkeeper_api::types::plan::PlanDetailView;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::change::{self, Detail};
use crate::session::Session;

/// The arguments of `lockkeeper change show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper change show INFRA-1
  lockkeeper change show INFRA-1 --environment production
  lockkeeper change show INFRA-1 --full
  lockkeeper change show INFRA-1 --json")]
pub(crate) struct Arguments {
    /// The change
    key: String,
    /// The only environment to show
    #[arg(long)]
    environment: Option<String>,
    /// List every resource, and every attribute that changes
    #[arg(long)]
    full: bool,
}

/// A change with the effects of its plans.
#[derive(Serialize)]
struct FullChange {
    #[serde(flatten)]
    change: ChangeView,
    plans: Vec<EnvironmentPlan>,
}

#[derive(Serialize)]
struct EnvironmentPlan {
    environment: String,
    plan: PlanDetailView,
}

/// Prints the change.
///
/// # Errors
/// When there is none, or it does not go through the environment.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let mut change = client.change(&project, &arguments.key).await?.value;
    let only = arguments.environment.as_deref();
    if let Some(only) = only {
        require_stage(&change, only)?;
    }
    if session.console.is_json() {
        change
            .stages
            .retain(|stage| only.is_none_or(|only| only == stage.environment));
        if arguments.full {
            let plans = plans(&client, &project, &change, only).await?;
            session.console.json(&FullChange { change, plans })?;
        } else {
            session.console.json(&change)?;
        }
        return Ok(Exit::Success);
    }
    if !arguments.full {
        let text = change::render(&change, only, Detail::Short, session.console.width());
        session.console.data(&text)?;
        return Ok(Exit::Success);
    }
    let plans = plans(&client, &project, &change, only).await?;
    let text = change::render(&change, only, Detail::Full, session.console.width());
    session.console.data(&text)?;
    for EnvironmentPlan { environment, plan } in &plans {
        let text = change::attributes::render(environment, plan, session.console.width());
        session.console.data(&text)?;
    }
    Ok(Exit::Success)
}

fn require_stage(change: &ChangeView, environment: &str) -> Result<(), Failure> {
    let names: Vec<&str> = change
        .stages
        .iter()
        .map(|stage| stage.environment.as_str())
        .collect();
    if names.contains(&environment) {
        return Ok(());
    }
    let detail = format!(
        "{} does not go through `{environment}`: its environments are {}",
        change.key,
        names.join(", ")
    );
    Err(Failure::new(
        Exit::NotFound,
        "no-stage",
        "The change does not go there",
        detail,
    ))
}

async fn plans(
    client: &Client,
    project: &str,
    change: &ChangeView,
    only: Option<&str>,
) -> Result<Vec<EnvironmentPlan>, Failure> {
    let mut plans = Vec::new();
    let is_asked_for = |name: &str| only.is_none_or(|only| only == name);
    for stage in change
        .stages
        .iter()
        .filter(|stage| stage.plan.is_some() && is_asked_for(&stage.environment))
    {
        let plan = client
            .plan_of_change(project, &change.key, &stage.environment)
            .await?;
        plans.push(EnvironmentPlan {
            environment: stage.environment.clone(),
            plan,
        });
    }
    Ok(plans)
}

/// Prints a change whose plans were just made: what they do, what is shut, and what to do next.
///
/// # Errors
/// When the output cannot be written.
pub(super) fn print_planned(session: &mut Session, change: &ChangeView) -> Result<(), Failure> {
    if session.console.is_json() {
        return session.console.json(change);
    }
    let text = change::brief::render_planned(change, session.console.width());
    session.console.data(&text)
}

/// Prints a change after something was done to it: how far it is, and what to do next.
///
/// # Errors
/// When the output cannot be written.
pub(super) fn print_briefly(session: &mut Session, change: &ChangeView) -> Result<(), Failure> {
    if session.console.is_json() {
        return session.console.json(change);
    }
    let text = change::brief::render(change, session.console.width());
    session.console.data(&text)
}
