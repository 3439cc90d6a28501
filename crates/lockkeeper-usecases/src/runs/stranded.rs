//! A state that the tool could not store and left in the run's folder: what was made is known nowhere else.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use lockkeeper_domain::state_lock::LockDescription;
use lockkeeper_domain::state_version::StateFacts;
use lockkeeper_engine::contract::EngineError;
use lockkeeper_store::tables::state_locks;

use super::context::RunContext;
use super::failure::RunFailure;
use super::log::LogWriter;
use crate::clock::new_uuid;
use crate::states::{StateAddress, StateWrite, lock_state, unlock_state, write_state};
use crate::{App, Caller, UseCaseError};

/// The state that an apply left behind, if it did.
pub(super) fn left_by(error: &EngineError) -> Option<PathBuf> {
    match error {
        EngineError::Failed { stranded_state, .. } => stranded_state.clone(),
        _ => None,
    }
}

/// Stores the state under the run's own rights, and says in the failure what came of it. When it cannot be
/// stored now either, the run's folder is kept.
pub(super) async fn bring_in(
    app: &App,
    context: &RunContext,
    path: &Path,
    failure: &mut RunFailure,
    log: &mut LogWriter,
) {
    match store(app, context, path).await {
        Ok(serial) => {
            failure.keep_folder = false;
            let what = format!(
                "the tool could not store its state; Lockkeeper stored it afterwards, as serial {serial}"
            );
            log.line(&what);
            failure.message = format!("{}; {what}", failure.message);
            failure.next_step = format!(
                "see what is left to do with a new plan: `lockkeeper change plan {}`",
                context.key()
            );
        }
        Err(error) => log.line(&format!(
            "The state that the tool left behind cannot be stored now either: {}",
            error.detail
        )),
    }
}

/// Writes the state under the lock of the run, or a new one; the rules of serial and lineage hold.
async fn store(app: &App, context: &RunContext, path: &Path) -> Result<i64, UseCaseError> {
    let unreadable =
        |error: std::io::Error| UseCaseError::internal(format!("the state cannot be read: {error}"));
    let body = tokio::fs::read(path).await.map_err(unreadable)?;
    let facts = StateFacts::parse(&body).map_err(|error| UseCaseError::invalid(error.to_string()))?;
    let caller = Caller::Run {
        run: context.id(),
        state: context.state,
        user: *context.run.requester_id,
        user_name: (*context.run.requester_name).clone(),
    };
    let address = StateAddress {
        project: (*context.project.name).clone(),
        environment: (*context.stage.environment_name).clone(),
        stack: (*context.change.stack).clone(),
        owner: None,
    };
    let lock = held_lock(app, context, &caller, &address).await?;
    let write = StateWrite {
        announced: body.len(),
        lock_id: Some(lock.clone()),
        md5: None,
    };
    let mut body = futures_util::stream::iter([Ok(Bytes::from(body))]);
    let written = write_state(app, &caller, &address, write, &mut body).await;
    let released = unlock_state(app, &caller, &address, Some(&lock), None).await;
    written?;
    released?;
    Ok(facts.serial)
}

/// The lock that the run's tool could not release, or a new one.
async fn held_lock(
    app: &App,
    context: &RunContext,
    caller: &Caller,
    address: &StateAddress,
) -> Result<String, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let held = state_locks::of_state(&mut transaction, context.state).await?;
    drop(transaction);
    if let Some(own) = held.filter(|lock| lock.run_id.is_some_and(|run| *run == context.id())) {
        return Ok(own.held().description.id);
    }
    let requested = LockDescription {
        id: new_uuid().to_string(),
        operation: "store what an apply left behind".to_owned(),
        info: context.place(),
        who: "lockkeeper".to_owned(),
        version: String::new(),
        created: String::new(),
        path: String::new(),
    };
    lock_state(app, caller, address, &requested, Duration::ZERO).await?;
    Ok(requested.id)
}
