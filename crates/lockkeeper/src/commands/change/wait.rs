//! Waiting for plans.

use std::time::Duration;

use lockkeeper_api::client::Client;
use lockkeeper_api::types::change::{ChangeView, StageStatus, StageView};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{escape, words};
use crate::session::Session;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Waits until no plan of the change is being made any more, and says on the way which are done.
///
/// # Errors
/// When the server goes away for long.
pub(super) async fn until_planned(
    session: &mut Session,
    client: &Client,
    project: &str,
    change: ChangeView,
) -> Result<ChangeView, Failure> {
    let key = change.key.clone();
    session.when_interrupted(format!(
        "planning goes on; look with `lockkeeper change show {key}`"
    ));
    let mut pause = FIRST_PAUSE;
    let mut change = change;
    let mut told: Vec<String> = Vec::new();
    loop {
        for stage in change
            .stages
            .iter()
            .filter(|stage| stage.status != StageStatus::Planning)
        {
            if !told.contains(&stage.environment) {
                told.push(stage.environment.clone());
                session.console.note(&progress(&key, stage))?;
            }
        }
        if told.len() >= change.stages.len() {
            return Ok(change);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        change = client.change(project, &key).await?.value;
    }
}

/// What the plan does, or why it failed, stands in the change, which is printed next.
fn progress(key: &str, stage: &StageView) -> String {
    let (status, _) = words::stage_status(stage.status);
    escape::line(&format!("{key} in {}: {status}", stage.environment)).into_owned()
}

/// How a command that waited for plans ends.
pub(super) fn exit(change: &ChangeView) -> Exit {
    let failed = change
        .stages
        .iter()
        .any(|stage| stage.status == StageStatus::PlanFailed);
    if failed { Exit::Failure } else { Exit::Success }
}
