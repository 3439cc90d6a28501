//! A state that the tool could not store and left in the run's folder: what was made is known nowhere else.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use lockkeeper_domain::run::RunKind;
use lockkeeper_engine::contract::{EngineError, Workspace};
use lockkeeper_store::tables::runs;

use super::context::{RunContext, folder};
use super::failure::RunFailure;
use super::log::LogWriter;
use crate::states::{LeftState, StateAddress, store_left_state};
use crate::whole_states::Handling;
use crate::{App, Caller, ErrorKind, UseCaseError};

/// The state that an apply left behind, if it did.
pub(super) fn left_by(error: &EngineError) -> Option<PathBuf> {
    match error {
        EngineError::Failed { stranded_state, .. } => stranded_state.clone(),
        _ => None,
    }
}

/// The state that stands in the folder of an apply that is over, if one does. What a plan leaves was made by code that
/// nobody has approved, and is no state.
pub(super) fn find(app: &App, context: &RunContext) -> Option<PathBuf> {
    if *context.run.kind != RunKind::Apply {
        return None;
    }
    let directory = folder(app, context);
    let checkout = directory.join("checkout");
    let folder = context
        .change
        .stack_definition
        .0
        .0
        .folder_in(&context.stage.environment_name);
    app.engine.stranded_state(&Workspace {
        directory,
        checkout,
        folder,
    })
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
            let what = what_was_stored(serial);
            log.line(&what);
            failure.message = format!("{}; {what}", failure.message);
            failure.next_step = what_next(context);
        }
        Err(error) => {
            log.line(&format!(
                "The state that the tool left behind cannot be stored now either: {}",
                error.detail
            ));
            failure.next_step = what_to_mend(context, path, &error, true);
        }
    }
}

/// What is told of a state that was stored after all.
pub(super) fn what_was_stored(serial: i64) -> String {
    format!("the tool could not store its state; Lockkeeper stored it afterwards, as serial {serial}")
}

/// What to do once the state is stored.
pub(super) fn what_next(context: &RunContext) -> String {
    format!(
        "see what is left to do with a new plan: `lockkeeper change plan {}`",
        context.key()
    )
}

/// What to do about a state that cannot be stored. It is tried again by housekeeping.
pub(super) fn what_to_mend(context: &RunContext, path: &Path, error: &UseCaseError, locked: bool) -> String {
    let (environment, stack) = (&*context.stage.environment_name, &*context.change.stack);
    let unlock = match locked {
        true => format!("`lockkeeper state unlock {environment} {stack}`, then "),
        false => String::new(),
    };
    format!(
        "the tool left its state on the server at {}, and it cannot be stored: {}. Mend that before anything else: it is \
         tried again every few seconds. By hand: compare it with the newest version, {unlock}`lockkeeper state import \
         {environment} {stack} FILE`",
        path.display(),
        error.detail
    )
}

/// Keeps the state, and answers its serial.
///
/// # Errors
/// As [`store_left_state`]; too large when it is larger than states may be.
pub(super) async fn store(app: &App, context: &RunContext, path: &Path) -> Result<i64, UseCaseError> {
    let unreadable = |error: std::io::Error| UseCaseError::internal(format!("it cannot be read: {error}"));
    let size = tokio::fs::metadata(path).await.map_err(unreadable)?.len();
    let limit = app.settings.max_state_bytes;
    if usize::try_from(size).map_or(true, |size| size > limit) {
        let detail = format!(
            "it has {size} bytes, and limits.state_bytes of the server's configuration allows {limit}"
        );
        return Err(UseCaseError::new(ErrorKind::TooLarge, detail));
    }
    let _turn = app.whole_states.turn(size, Handling::Renumber).await;
    let body = Bytes::from(tokio::fs::read(path).await.map_err(unreadable)?);
    let mut transaction = app.database.read().await?;
    // As it is on record: the context may be of before the run began.
    let run = runs::by_id(&mut transaction, context.id()).await?;
    drop(transaction);
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
    let left = LeftState {
        run: context.id(),
        serial_before: run.and_then(|run| run.serial_before),
        body,
    };
    store_left_state(app, &caller, &address, left).await
}
