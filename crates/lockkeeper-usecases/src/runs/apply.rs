//! A run that applies a plan, and verifies the result.
//!
//! The gates are looked at once more. A plan that went stale is made anew: if it does the same, the run
//! goes on with it; if not, it stops and says what differs. What is applied is the saved plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use lockkeeper_config::project::ProjectConfig;
use lockkeeper_domain::change::StageEvent;
use lockkeeper_domain::gate::{self, GateKind, PlanStanding, RunsUntil};
use lockkeeper_domain::run::RunStatus;
use lockkeeper_domain::verification::ProbeResult;
use lockkeeper_engine::contract::{Applied, PlanFile, RunControl, Target, Workspace};
use lockkeeper_store::Transaction;
use lockkeeper_store::stored::json_text;
use lockkeeper_store::tables::{changes, plans, runs, stages, tokens};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::context::{RunContext, require_at_work, take_stage};
use super::execute::ClaimedJob;
use super::failed;
use super::failure::RunFailure;
use super::log::LogWriter;
use super::make_plan::{differences, keep_plan, make_plan, prepare, revision, target};
use super::overrun;
use super::stranded;
use super::verify::verify;
use crate::app::Chain;
use crate::changes::{GateContext, Note, may_start, move_stage, read_effects, refuse_overtaken, stage_in};
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
    super::plan::start(app, context).await?;
    log.line(&format!(
        "Applying {}, commit {}",
        context.place(),
        context.change.commit_id
    ));
    let ready = match make_ready(app, context, log, cancelled.clone()).await {
        Ok(_) if *cancelled.borrow() => Err(super::permission::cancelled_before(context)),
        Ok(ready) => begin(app, context, ready.settings.clone())
            .await
            .map(|until| (ready, until)),
        Err(failure) => Err(failure),
    };
    let (ready, until) = match ready {
        Ok(ready) => ready,
        Err(failure) => {
            log.line(&format!("Not applied: {}", failure.message));
            log.flush().await;
            end(app, job, context, StageEvent::ApplyWithdrawn, &failure).await?;
            return Ok(false);
        }
    };
    let lines = log.lines();
    let work = carry_out(app, job, context, log, cancelled, ready, until.as_ref());
    overrun::watched(app, context, &lines, until.as_ref(), work).await
}

/// Applies the plan, and looks at the result; answers whether its folder is to be kept.
async fn carry_out(
    app: &Arc<App>,
    job: ClaimedJob,
    context: &RunContext,
    log: &mut LogWriter,
    cancelled: watch::Receiver<bool>,
    ready: Ready,
    until: Option<&RunsUntil>,
) -> Result<bool, UseCaseError> {
    let applied = {
        let mut control = RunControl {
            log: &mut *log,
            cancelled: cancelled.clone(),
        };
        app.engine
            .apply(&ready.plan_file, &ready.workspace, &ready.target, &mut control)
            .await
    };
    match applied {
        Ok(applied) => {
            record_applied(app, context).await?;
            let results = look(app, context, &ready.workspace, applied, log, cancelled).await;
            finish(app, job, context, &results, until, log).await?;
            Ok(false)
        }
        Err(error) => {
            let left = stranded::left_by(&error);
            let mut failure = RunFailure::of_engine(error, &context.key(), true);
            failure.message.push_str(&overrun::remark(app, until));
            log.line(&format!("Failed: {}", failure.message));
            if let Some(path) = left {
                stranded::bring_in(app, context, &path, &mut failure, log).await;
            }
            log.flush().await;
            end(app, job, context, StageEvent::ApplyFailed, &failure).await?;
            Ok(failure.keep_folder)
        }
    }
}

/// Everything that the apply needs.
struct Ready {
    plan_file: PlanFile,
    workspace: Workspace,
    target: Target,
    /// Policy and windows, as they were when the run looked at the gates first.
    settings: ProjectConfig,
}

async fn make_ready(
    app: &App,
    context: &RunContext,
    log: &mut LogWriter,
    cancelled: watch::Receiver<bool>,
) -> Result<Ready, RunFailure> {
    let settings = Repository::refreshed(app, &context.project)
        .await?
        .settings()
        .await?;
    let mut transaction = app.database.read().await?;
    let stale = check_gates(app, &mut transaction, context, settings.clone())
        .await?
        .stale;
    drop(transaction);
    let workspace = prepare(app, context).await?;
    let target = target(app, context).await?;
    let plan_file = match stale {
        Some(why) => {
            log.line(&format!("{why} Making a new plan."));
            renew(app, context, &workspace, &target, log, cancelled).await?
        }
        None => match saved_plan(app, context).await? {
            Some(saved) => saved,
            None => {
                log.line("The file of the plan is not kept any more. Making a new plan.");
                renew(app, context, &workspace, &target, log, cancelled).await?
            }
        },
    };
    // A checkout in which a plan was just made is not clean any more.
    let workspace = prepare(app, context).await.map(|clean| Workspace {
        folder: workspace.folder,
        ..clean
    })?;
    Ok(Ready {
        plan_file,
        workspace,
        target,
        settings,
    })
}

/// What a look at the gates found that let the run go on.
struct Checked {
    /// Why the plan is stale, if it is.
    stale: Option<String>,
    /// Until when the run is to be over.
    until: Option<RunsUntil>,
}

/// Looks at the gates once more, and at all else that may have changed since the apply was queued.
async fn check_gates(
    app: &App,
    transaction: &mut Transaction,
    context: &RunContext,
    settings: ProjectConfig,
) -> Result<Checked, RunFailure> {
    let change = changes::by_id(transaction, *context.change.id)
        .await?
        .ok_or_else(|| UseCaseError::internal("the change is gone"))?;
    super::permission::still_wanted(transaction, context, &change).await?;
    refuse_overtaken(transaction, &change, *context.stage.environment_id).await?;
    let gates_of = GateContext::load(transaction, settings, change).await?;
    let stage = stage_in(transaction, &context.change, *context.stage.environment_id).await?;
    let input = gates_of.input(transaction, &stage, app.now()).await?;
    let gates = gate::evaluate(&input);
    if !may_start(&gates, &input.plan) {
        let shut: Vec<String> = gates
            .iter()
            .filter(|gate| !gate.open)
            .map(|gate| gate.reason.clone())
            .collect();
        let next = format!(
            "`lockkeeper change show {}` tells how to open each gate; then apply again",
            context.key()
        );
        return Err(RunFailure::new(
            format!("gates shut before it began: {}", shut.join(" ")),
            next,
        ));
    }
    let until = gate::runs_until(&input);
    let stale = gates
        .into_iter()
        .find(|gate| gate.kind == GateKind::Plan && !gate.open)
        .map(|gate| gate.reason);
    match input.plan {
        PlanStanding::Made(_) => Ok(Checked { stale, until }),
        _ => Err(RunFailure::new(
            "there is no plan any more",
            format!("`lockkeeper change plan {}`", context.key()),
        )),
    }
}

/// The plan that was approved; none when its file was removed, as those of plans that expired are.
async fn saved_plan(app: &App, context: &RunContext) -> Result<Option<PlanFile>, RunFailure> {
    let Some(id) = context.stage.plan_id else {
        return Ok(None);
    };
    let mut transaction = app.database.read().await?;
    let plan = plans::by_id(&mut transaction, *id).await?;
    let Some(name) = plan.and_then(|plan| plan.plan_file_blob) else {
        return Ok(None);
    };
    let blob = app.blobs.find(&mut transaction, &name).await?;
    drop(transaction);
    Ok(Some(PlanFile(blob.bytes().await?)))
}

/// Makes a new plan in the place of a stale one, and refuses it when it does something else.
async fn renew(
    app: &App,
    context: &RunContext,
    workspace: &Workspace,
    target: &Target,
    log: &mut LogWriter,
    cancelled: watch::Receiver<bool>,
) -> Result<PlanFile, RunFailure> {
    let gone = || {
        RunFailure::new(
            "there is no plan any more",
            format!("`lockkeeper change plan {}`", context.key()),
        )
    };
    let made = make_plan(app, context, workspace, target, log, cancelled).await?;
    let mut transaction = app.database.write().await?;
    changes::take(&mut transaction, *context.change.id, app.now()).await?;
    require_at_work(&mut transaction, context).await?;
    let id = context.stage.plan_id.ok_or_else(gone)?;
    let approved = plans::by_id(&mut transaction, *id).await?.ok_or_else(gone)?;
    keep_plan(app, &mut transaction, context, &made).await?;
    let same = approved.effects_digest == made.effects_digest;
    let details = json!({"environment": *context.stage.environment_name, "same_effects": same, "effects": made.effects_digest});
    app.record(
        &mut transaction,
        Chain::Project(*context.project.id),
        "system",
        "change.replanned",
        &context.key(),
        details,
    )
    .await?;
    transaction.commit().await?;
    if same {
        log.line("The new plan does the same as the approved one: going on with it.");
        return Ok(made.plan_file);
    }
    let differences = differences(&read_effects(app, &approved).await?, &made.effects);
    Err(RunFailure::new(
        format!("the plan went stale, and the new one does something else: {differences}"),
        format!(
            "look at the new plan with `lockkeeper change show {}`, have it approved, and apply again",
            context.key()
        ),
    ))
}

/// Begins, if the gates are still open: making ready may have taken a long time. From here on nobody can
/// withdraw the apply. Answers until when it is to be over.
async fn begin(
    app: &App,
    context: &RunContext,
    settings: ProjectConfig,
) -> Result<Option<RunsUntil>, RunFailure> {
    let mut transaction = app.database.write().await?;
    changes::take(&mut transaction, *context.change.id, app.now()).await?;
    require_at_work(&mut transaction, context).await?;
    let checked = check_gates(app, &mut transaction, context, settings).await?;
    if let Some(stale) = checked.stale {
        let again = format!(
            "apply again: `lockkeeper change apply {} --environment {}`",
            context.key(),
            *context.stage.environment_name
        );
        return Err(RunFailure::new(
            format!("the plan went stale just before it began: {stale}"),
            again,
        ));
    }
    let stage = stage_in(&mut transaction, &context.change, *context.stage.environment_id).await?;
    let (event, note) = (StageEvent::ApplyStarted, Note::default());
    move_stage(&mut transaction, &stage, event, note, app.now()).await?;
    let details = json!({"environment": *context.stage.environment_name, "run": context.id()});
    let (chain, key) = (Chain::Project(*context.project.id), context.key());
    app.record(
        &mut transaction,
        chain,
        "system",
        "run.apply-started",
        &key,
        details,
    )
    .await?;
    transaction.commit().await?;
    app.signals.tell_run(context.id());
    Ok(checked.until)
}

async fn record_applied(app: &App, context: &RunContext) -> Result<(), UseCaseError> {
    let serial = revision(app, context).await?.map(|state| state.serial);
    let mut transaction = app.database.write().await?;
    let stage = take_stage(app, &mut transaction, context).await?;
    require_at_work(&mut transaction, context).await?;
    move_stage(
        &mut transaction,
        &stage,
        StageEvent::ApplySucceeded,
        Note::default(),
        app.now(),
    )
    .await?;
    stages::set_applied(
        &mut transaction,
        *context.change.id,
        *context.stage.environment_id,
        app.now(),
    )
    .await?;
    let details =
        json!({"environment": *context.stage.environment_name, "run": context.id(), "state_serial": serial});
    app.record(
        &mut transaction,
        Chain::Project(*context.project.id),
        "system",
        "change.applied",
        &context.key(),
        details,
    )
    .await?;
    transaction.commit().await?;
    Ok(())
}

async fn look(
    app: &App,
    context: &RunContext,
    workspace: &Workspace,
    applied: Applied,
    log: &mut LogWriter,
    cancelled: watch::Receiver<bool>,
) -> Vec<ProbeResult> {
    let Some(verification) = &context.change.stack_definition.0.0.verification else {
        log.line("Applied. The stack names nothing to verify.");
        return Vec::new();
    };
    log.line(&format!(
        "Applied. Verifying within {} s.",
        verification.deadline.as_secs()
    ));
    let outputs: BTreeMap<String, Value> = applied.outputs;
    let results = verify(app, context, verification, workspace, &outputs, cancelled).await;
    for result in &results {
        let sign = if result.passed { "ok  " } else { "FAIL" };
        let found = result
            .found
            .as_deref()
            .map(|found| format!(" ({found})"))
            .unwrap_or_default();
        log.line(&format!("{sign} {}{found}", result.probe));
    }
    results
}

/// Puts the end of an apply on record, with what the verification found.
async fn finish(
    app: &App,
    job: ClaimedJob,
    context: &RunContext,
    results: &[ProbeResult],
    until: Option<&RunsUntil>,
    log: &LogWriter,
) -> Result<(), UseCaseError> {
    let failed: Vec<&ProbeResult> = results.iter().filter(|result| !result.passed).collect();
    let serial = revision(app, context)
        .await?
        .and_then(|state| i64::try_from(state.serial).ok());
    let (event, status, mut message, next) = if failed.is_empty() {
        let message = if results.is_empty() {
            "applied"
        } else {
            "applied and verified"
        };
        (
            StageEvent::VerificationPassed,
            RunStatus::Succeeded,
            message.to_owned(),
            None,
        )
    } else {
        let what: Vec<String> = failed
            .iter()
            .map(|r| format!("{}: {}", r.probe, r.found.as_deref().unwrap_or("no")))
            .collect();
        let message = format!("applied, and it does not work: {}", what.join("; "));
        (
            StageEvent::VerificationFailed,
            RunStatus::Failed,
            message,
            Some(way_out(context)),
        )
    };
    message.push_str(&overrun::remark(app, until));
    log.line(&format!("Done: {message}."));
    log.flush().await;
    let mut transaction = app.database.write().await?;
    job.finish(&mut transaction).await?;
    let stage = take_stage(app, &mut transaction, context).await?;
    let found = json_text(results)?;
    stages::set_verification(
        &mut transaction,
        *context.change.id,
        *context.stage.environment_id,
        &found,
    )
    .await?;
    runs::set_verification(&mut transaction, context.id(), &found).await?;
    let note = match &next {
        Some(next) => Note::new(&message, next),
        None => Note::default(),
    };
    move_stage(&mut transaction, &stage, event, note, app.now()).await?;
    runs::finish(
        &mut transaction,
        context.id(),
        status,
        app.now(),
        Some(0),
        serial,
        Some(&message),
        next.as_deref(),
    )
    .await?;
    tokens::delete_of_run(&mut transaction, context.id()).await?;
    if failed.is_empty() {
        super::rollbacks::mark_undone(app, &mut transaction, context).await?;
    } else if rolls_back_by_itself(context) {
        stages::set_rollback_pending(
            &mut transaction,
            *context.change.id,
            *context.stage.environment_id,
            true,
        )
        .await?;
    }
    let action = if failed.is_empty() {
        "change.verified"
    } else {
        "change.verification-failed"
    };
    let details =
        json!({"environment": *context.stage.environment_name, "run": context.id(), "probes": results});
    app.record(
        &mut transaction,
        Chain::Project(*context.project.id),
        "system",
        action,
        &context.key(),
        details,
    )
    .await?;
    transaction.commit().await?;
    // The end is on record; what follows from it is tried again by housekeeping.
    if let Err(error) = super::rollbacks::propose_pending_rollbacks(app).await {
        tracing::warn!(%error, "rollbacks that are due could not be proposed");
    }
    Ok(())
}

/// Whether the stack asks for it. A rollback that fails is not rolled back itself.
fn rolls_back_by_itself(context: &RunContext) -> bool {
    context.change.stack_definition.0.0.automatic_rollback && context.change.rolls_back.is_none()
}

fn way_out(context: &RunContext) -> String {
    let (key, environment) = (context.key(), &*context.stage.environment_name);
    if rolls_back_by_itself(context) {
        return format!(
            "the stack rolls back by itself; `lockkeeper change show {key}` names the change that does it"
        );
    }
    format!(
        "go back to the revision before, if there was one, with `lockkeeper change rollback {key} --environment {environment}`, or propose a change that mends it and give this one up with `lockkeeper change cancel {key}`; to look once more, plan anew with `lockkeeper change plan {key}` and apply"
    )
}

/// Puts the end of a run on record that did not apply its plan, or not all of it.
async fn end(
    app: &App,
    job: ClaimedJob,
    context: &RunContext,
    event: StageEvent,
    failure: &RunFailure,
) -> Result<(), UseCaseError> {
    let serial = revision(app, context)
        .await?
        .and_then(|state| i64::try_from(state.serial).ok());
    let action = if event == StageEvent::ApplyFailed {
        "change.apply-failed"
    } else {
        "change.not-applied"
    };
    let details =
        json!({"environment": *context.stage.environment_name, "run": context.id(), "why": failure.message});
    let record = failed::Record {
        event,
        action,
        details,
        serial,
    };
    failed::record(app, job, context, failure, record).await
}
