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
  lockkeeper change show INFRA-1 --full
  lockkeeper change show INFRA-1 --json")]
pub(crate) struct Arguments {
    /// The change
    key: String,
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
/// When there is none.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let change = client.change(&project, &arguments.key).await?.value;
    if !arguments.full {
        print(session, &change, Detail::Short)?;
        return Ok(Exit::Success);
    }
    let plans = plans(&client, &project, &change).await?;
    if session.console.is_json() {
        session.console.json(&FullChange { change, plans })?;
        return Ok(Exit::Success);
    }
    print(session, &change, Detail::Full)?;
    for EnvironmentPlan { environment, plan } in &plans {
        let text = change::attributes::render(environment, plan, session.console.width());
        session.console.data(&text)?;
    }
    Ok(Exit::Success)
}

async fn plans(client: &Client, project: &str, change: &ChangeView) -> Result<Vec<EnvironmentPlan>, Failure> {
    let mut plans = Vec::new();
    for stage in change.stages.iter().filter(|stage| stage.plan.is_some()) {
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

/// Prints a change.
///
/// # Errors
/// When the output cannot be written.
pub(super) fn print(session: &mut Session, change: &ChangeView, detail: Detail) -> Result<(), Failure> {
    if session.console.is_json() {
        return session.console.json(change);
    }
    let text = change::render(change, detail, session.console.width());
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
