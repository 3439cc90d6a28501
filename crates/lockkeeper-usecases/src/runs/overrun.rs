//! A run that is still at work when its window closes goes on: to stop it would leave half of a change. It is told to
//! whoever follows its log, and on record.

use std::time::Duration;

use lockkeeper_domain::gate::RunsUntil;
use serde_json::json;

use super::context::RunContext;
use super::log::LogLines;
use crate::app::Chain;
use crate::{App, UseCaseError};

/// Does the work, and warns when it takes longer than it may.
pub(super) async fn watched<T>(
    app: &App,
    context: &RunContext,
    lines: &LogLines,
    until: Option<&RunsUntil>,
    work: impl Future<Output = T>,
) -> T {
    let Some(until) = until else {
        return work.await;
    };
    tokio::pin!(work);
    tokio::select! {
        biased;
        done = &mut work => return done,
        () = warn(app, context, lines, until) => {}
    }
    work.await
}

async fn warn(app: &App, context: &RunContext, lines: &LogLines, until: &RunsUntil) {
    let left = Duration::try_from(until.at.duration_since(app.now())).unwrap_or_default();
    tokio::time::sleep(left).await;
    lines.line(&format!(
        "Warning: {}, and this run is still at work. It goes on; `lockkeeper run cancel {}` stops it.",
        until.what,
        context.id()
    ));
    if let Err(error) = record(app, context, until).await {
        tracing::warn!(%error, run = %context.id(), "that a run overran its window could not be recorded");
    }
}

async fn record(app: &App, context: &RunContext, until: &RunsUntil) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    let details = json!({
        "environment": *context.stage.environment_name, "run": context.id(), "until": until.at, "why": until.what,
    });
    let chain = Chain::Project(*context.project.id);
    app.record(
        &mut transaction,
        chain,
        "system",
        "run.overran",
        &context.key(),
        details,
    )
    .await?;
    Ok(transaction.commit().await?)
}

/// What is said behind the outcome of a run that took longer than it may.
pub(super) fn remark(app: &App, until: Option<&RunsUntil>) -> String {
    match until {
        Some(until) if app.now() > until.at => format!("; it went on after {}", until.what),
        _ => String::new(),
    }
}
