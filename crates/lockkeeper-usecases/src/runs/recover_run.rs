//! Picks up a run whose server died. It is never repeated: what it did is looked at, and told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lockkeeper_domain::change::{StageEvent, StageStatus};
use lockkeeper_domain::run::{RunKind, RunStatus};
use lockkeeper_engine::orphan::{self, Stopped};
use lockkeeper_store::tables::{runs, stages, tokens};
use serde_json::json;

use super::context::{RunContext, folder, take_stage};
use super::execute::ClaimedJob;
use super::lock::{holds_lock, release_lock};
use super::make_plan::revision;
use super::stranded;
use crate::app::Chain;
use crate::changes::{Note, move_stage_if_it_can};
use crate::{App, UseCaseError};

/// How long a tool that outlived its server may take to store its state and release its lock.
const ORPHAN_GRACE: Duration = Duration::from_secs(90);

/// Where the server was that left a run at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// On this computer and data folder: its tool can be looked for.
    Here,
    /// Elsewhere: what became of its tool cannot be known here.
    Elsewhere {
        /// The name of that computer.
        host: String,
    },
}

/// Ends a run that a dead server left at work, as *interrupted*. If the tool is still at work on this computer
/// it is told to stop, and may store its state first: the state service must be answering when this is called.
/// In the transaction that puts the end on record the token of the run is revoked and its lock is released, so
/// that a tool that is still at work elsewhere can write nothing any more.
///
/// # Errors
/// When the database fails, or the job went to another worker.
pub async fn recover_run(app: &App, job: ClaimedJob, left: Left) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    let context = RunContext::load(&mut transaction, job.run).await?;
    transaction.commit().await?;
    let tool = match left {
        Left::Here => stop_tool(&folder(app, &context)).await,
        Left::Elsewhere { host } => Tool::Unknown { host },
    };
    let state = StrandedState::of(app, &context).await;
    let serial = revision(app, &context)
        .await?
        .and_then(|state| i64::try_from(state.serial).ok());

    let mut transaction = app.database.write().await?;
    job.finish(&mut transaction).await?;
    let stage = take_stage(app, &mut transaction, &context).await?;
    // A state that the tool could not store must be stored before anybody else writes: the lock stays for that.
    let locked = state.is_kept() && holds_lock(&mut transaction, &context).await?;
    if !locked {
        release_lock(app, &mut transaction, &context).await?;
    }
    let not_begun = !matches!(*stage.status, StageStatus::Applying | StageStatus::Verifying);
    let message = what_happened(&context, &tool, &state, serial);
    let next = what_next(&context, &tool, locked, &state, not_begun);
    let event = match *context.run.kind {
        RunKind::Plan => StageEvent::PlanFailed,
        RunKind::Apply if not_begun => StageEvent::ApplyWithdrawn,
        RunKind::Apply => StageEvent::Interrupted,
    };
    let note = Note::new(&message, &next);
    move_stage_if_it_can(&mut transaction, &stage, event, note, app.now()).await?;
    if event == StageEvent::Interrupted {
        stages::set_applied(
            &mut transaction,
            *context.change.id,
            *context.stage.environment_id,
            app.now(),
        )
        .await?;
    }
    let status = RunStatus::Interrupted;
    runs::finish(
        &mut transaction,
        context.id(),
        status,
        app.now(),
        None,
        serial,
        Some(&message),
        Some(&next),
    )
    .await?;
    tokens::delete_of_run(&mut transaction, context.id()).await?;
    let details =
        json!({"environment": *context.stage.environment_name, "run": context.id(), "lock_left": locked});
    app.record(
        &mut transaction,
        Chain::Project(*context.project.id),
        "system",
        "run.interrupted",
        &context.key(),
        details,
    )
    .await?;
    transaction.commit().await?;
    super::log::append_afterwards(app, context.id(), &format!("{message}\nNext: {next}")).await?;
    app.signals.tell_run(context.id());
    if !state.is_kept() {
        super::execute::remove_folder(&folder(app, &context)).await;
    }
    Ok(())
}

/// What the tool could not store.
enum StrandedState {
    Nothing,
    /// It was stored now, as this serial.
    Stored(i64),
    /// It cannot be stored now either.
    Kept(PathBuf, UseCaseError),
}

impl StrandedState {
    /// Looks for a state that the tool left, and stores it.
    async fn of(app: &App, context: &RunContext) -> Self {
        let Some(path) = stranded::find(app, context) else {
            return Self::Nothing;
        };
        match stranded::store(app, context, &path).await {
            Ok(serial) => Self::Stored(serial),
            Err(error) => {
                tracing::warn!(%error, run = %context.id(), state = %path.display(), "a state that a run left cannot be stored; it is tried again");
                Self::Kept(path, error)
            }
        }
    }

    fn is_kept(&self) -> bool {
        matches!(self, Self::Kept(..))
    }
}

/// What became of the tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tool {
    Gone,
    Ended,
    Killed,
    Unknown { host: String },
}

pub(super) async fn stop_tool(folder: &Path) -> Tool {
    let orphan = match orphan::find(folder) {
        Ok(Some(orphan)) => orphan,
        Ok(None) => return Tool::Gone,
        Err(error) => {
            tracing::warn!(%error, "the record of a run's process cannot be read");
            return Tool::Gone;
        }
    };
    tracing::info!(
        pid = orphan.pid(),
        what = orphan.what(),
        "a tool outlived its server and is told to stop"
    );
    match orphan.stop(ORPHAN_GRACE).await {
        Ok(Stopped::Ended) => Tool::Ended,
        Ok(Stopped::Killed) => Tool::Killed,
        Err(error) => {
            tracing::error!(%error, "a tool that outlived its server cannot be stopped");
            Tool::Killed
        }
    }
}

fn what_happened(context: &RunContext, tool: &Tool, left: &StrandedState, serial: Option<i64>) -> String {
    let tool = match tool {
        Tool::Gone => "the tool had ended too".to_owned(),
        Tool::Ended => "the tool went on, was told to stop, and ended".to_owned(),
        Tool::Killed => "the tool went on and had to be killed".to_owned(),
        Tool::Unknown { host } => {
            format!(
                "whether the tool still runs on {host} is not known, but it can no longer write the state"
            )
        }
    };
    let state = match serial {
        _ if let StrandedState::Stored(serial) = left => stranded::what_was_stored(*serial),
        Some(serial) if Some(serial) == context.run.serial_before => {
            format!("the state is still at serial {serial}")
        }
        Some(serial) => format!("the state is at serial {serial}"),
        None => "there is no state yet".to_owned(),
    };
    format!(
        "the server stopped while the {} was at work; {tool}, and {state}",
        *context.run.kind
    )
}

fn what_next(
    context: &RunContext,
    tool: &Tool,
    locked: bool,
    left: &StrandedState,
    not_begun: bool,
) -> String {
    let (key, environment) = (context.key(), &*context.stage.environment_name);
    let mut steps = Vec::new();
    if let Tool::Unknown { host } = tool {
        steps.push(format!(
            "make sure that nothing is at work on {host}; a state that could not be stored is stored when the server starts there again, from runs/{} of its data",
            context.id()
        ));
    }
    if let StrandedState::Kept(path, error) = left {
        steps.push(stranded::what_to_mend(context, path, error, locked));
    }
    steps.push(match *context.run.kind {
        RunKind::Apply if not_begun => {
            format!("apply again: `lockkeeper change apply {key} --environment {environment}`")
        }
        _ => format!("see what is left to do with a new plan: `lockkeeper change plan {key}`"),
    });
    steps.join("; ")
}
