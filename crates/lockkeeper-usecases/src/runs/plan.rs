//! A run that makes a plan.

use std::sync::Arc;

use lockkeeper_domain::change::StageEvent;
use lockkeeper_domain::run::RunStatus;
use lockkeeper_store::tables::changes::{self, ChangeRow};
use lockkeeper_store::tables::projects::ProjectRow;
use lockkeeper_store::tables::stages::StageRow;
use lockkeeper_store::tables::{runs, tokens};
use serde_json::json;
use tokio::sync::watch;

use super::context::{RunContext, require_at_work, take_stage};
use super::execute::ClaimedJob;
use super::failed;
use super::failure::RunFailure;
use super::log::LogWriter;
use super::make_plan::{MadePlan, keep_plan, make_plan, prepare, revision, target};
use crate::app::Chain;
use crate::changes::{GateContext, Note, When, move_stage, queue_apply, stage_in};
use crate::repository::Repository;
use crate::{App, UseCaseError};

/// Carries out the run; answers whether its folder is to be kept.
pub(super) async fn execute(
    app: &Arc<App>,
    job: ClaimedJob,
    context: &RunContext,
    log: &mut LogWriter,
    cancelled: watch::Receiver<bool>,
) -> Result<bool, UseCaseError> {
    start(app, context).await?;
    log.line(&format!(
        "Planning {}, commit {}",
        context.place(),
        context.change.commit_id
    ));
    match plan(app, context, log, cancelled).await {
        Ok(made) => {
            log.line(&format!(
                "Plan: {}. Class: {}.",
                made.summary, made.assessment.class
            ));
            log.flush().await;
            succeed(app, job, context, &made, log).await?;
            Ok(false)
        }
        Err(failure) => {
            log.line(&format!("Failed: {}", failure.message));
            log.flush().await;
            fail(app, job, context, &failure).await?;
            Ok(failure.keep_folder)
        }
    }
}

pub(super) async fn start(app: &App, context: &RunContext) -> Result<(), UseCaseError> {
    let serial = revision(app, context)
        .await?
        .and_then(|state| i64::try_from(state.serial).ok());
    let mut transaction = app.database.write().await?;
    require_at_work(&mut transaction, context).await?;
    runs::start(&mut transaction, context.id(), app.now(), serial).await?;
    transaction.commit().await?;
    app.signals.tell_run(context.id());
    Ok(())
}

async fn plan(
    app: &App,
    context: &RunContext,
    log: &mut LogWriter,
    cancelled: watch::Receiver<bool>,
) -> Result<MadePlan, RunFailure> {
    let workspace = prepare(app, context).await?;
    let target = target(app, context).await?;
    make_plan(app, context, &workspace, &target, log, cancelled).await
}

async fn succeed(
    app: &App,
    job: ClaimedJob,
    context: &RunContext,
    made: &MadePlan,
    log: &LogWriter,
) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    job.finish(&mut transaction).await?;
    let stage = take_stage(app, &mut transaction, context).await?;
    keep_plan(app, &mut transaction, context, made).await?;
    move_stage(
        &mut transaction,
        &stage,
        StageEvent::PlanMade,
        Note::default(),
        app.now(),
    )
    .await?;
    let (status, summary) = (RunStatus::Succeeded, made.summary.to_string());
    runs::finish(
        &mut transaction,
        context.id(),
        status,
        app.now(),
        Some(0),
        None,
        Some(&summary),
        None,
    )
    .await?;
    tokens::delete_of_run(&mut transaction, context.id()).await?;
    let details = json!({
        "environment": *context.stage.environment_name, "class": made.assessment.class, "summary": summary,
        "effects": made.effects_digest,
    });
    app.record(
        &mut transaction,
        Chain::Project(*context.project.id),
        "system",
        "change.planned",
        &context.key(),
        details,
    )
    .await?;
    transaction.commit().await?;
    if context.change.automatic {
        match queue_by_itself(app, &context.project, &context.change, &context.stage).await {
            Ok(()) => log.line("The rollback is applied by itself, as the stack asks for."),
            Err(error) => log.line(&format!("The rollback is not applied by itself: {error}")),
        }
    }
    Ok(())
}

/// A rollback that a failed verification asked for goes on by itself, if its gates let it.
pub(super) async fn queue_by_itself(
    app: &App,
    project: &ProjectRow,
    change: &ChangeRow,
    stage: &StageRow,
) -> Result<(), UseCaseError> {
    let settings = Repository::recent(app, project).await?.settings().await?;
    let mut transaction = app.database.write().await?;
    // Read again: it may have been cancelled while its plan was made.
    changes::take(&mut transaction, *change.id, app.now()).await?;
    let change = changes::by_id(&mut transaction, *change.id).await?;
    let change = change.ok_or_else(|| UseCaseError::internal("the change is gone"))?;
    let stage = stage_in(&mut transaction, &change, *stage.environment_id).await?;
    let requester = *change.requester_id;
    let gates = GateContext::load(&mut transaction, settings, change).await?;
    let now = When::Now;
    queue_apply(app, &mut transaction, &gates, &stage, now, requester, "system").await?;
    transaction.commit().await?;
    app.signals.job_queued();
    Ok(())
}

async fn fail(
    app: &App,
    job: ClaimedJob,
    context: &RunContext,
    failure: &RunFailure,
) -> Result<(), UseCaseError> {
    let record = failed::Record {
        event: StageEvent::PlanFailed,
        action: "change.plan-failed",
        details: json!({"environment": *context.stage.environment_name, "why": failure.message}),
        serial: None,
    };
    failed::record(app, job, context, failure, record).await
}
