//! What runs that have ended left on the disk of this server: a tool still at work, because another server ended the
//! run while this one was away, and a state that could not be stored.

use std::collections::BTreeMap;

use lockkeeper_domain::change::StageStatus;
use lockkeeper_domain::id::RunId;
use lockkeeper_store::tables::{runs, stages};
use serde_json::json;

use super::context::{RunContext, folder, take_stage};
use super::lock::release_lock;
use super::recover_run::{Tool, stop_tool};
use super::stranded;
use crate::app::Chain;
use crate::{App, UseCaseError};

/// What is left, and was told already.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// Why the state of each run could not be stored.
    told: BTreeMap<RunId, String>,
}

/// Stops tools that are still at work for runs that have ended, stores the states that could not be stored, and
/// removes the folders of these runs, but for those whose state cannot be stored now either. To be called again and
/// again: a disk that was full has room later.
///
/// # Errors
/// When the data folder cannot be read.
pub async fn clear_leftovers(app: &App, leftovers: &mut Leftovers) -> Result<(), UseCaseError> {
    let unreadable = |error| UseCaseError::internal(format!("the folders of runs cannot be read: {error}"));
    let mut entries = match tokio::fs::read_dir(app.settings.data.join("runs")).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut left = BTreeMap::new();
    while let Some(entry) = entries.next_entry().await.map_err(unreadable)? {
        let name = entry.file_name();
        let Some(run) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if app.signals.is_at_work(run) {
            continue;
        }
        if let Err(error) = clear(app, run).await {
            if leftovers.told.get(&run) != Some(&error.detail) {
                tracing::warn!(%error, %run, "what a run left could not be cleared; it is tried again");
            }
            left.insert(run, error.detail);
        }
    }
    leftovers.told = left;
    Ok(())
}

async fn clear(app: &App, run: RunId) -> Result<(), UseCaseError> {
    let mut transaction = app.database.read().await?;
    // One that has not ended is picked up by recovery; one that is not there belongs to another database.
    match runs::by_id(&mut transaction, run).await? {
        Some(row) if row.status.has_ended() => {}
        _ => return Ok(()),
    }
    drop(transaction);
    let mut transaction = app.database.write().await?;
    let context = RunContext::load(&mut transaction, run).await?;
    transaction.commit().await?;
    let tool = stop_tool(&folder(app, &context)).await;
    if tool != Tool::Gone {
        let text = "The tool was still at work when its server came back, and was told to stop. Its state could not be stored any more.";
        super::log::append_afterwards(app, run, text).await?;
    }
    if let Some(state) = stranded::find(app, &context) {
        let serial = stranded::store(app, &context, &state).await?;
        record_stored(app, &context, serial).await?;
    }
    super::execute::remove_folder(&folder(app, &context)).await;
    Ok(())
}

/// Puts on record that nothing is left to be stored, and releases the lock that was kept for it.
async fn record_stored(app: &App, context: &RunContext, serial: i64) -> Result<(), UseCaseError> {
    let (what, next) = (stranded::what_was_stored(serial), stranded::what_next(context));
    let mut transaction = app.database.write().await?;
    let stage = take_stage(app, &mut transaction, context).await?;
    release_lock(app, &mut transaction, context).await?;
    let message = match &context.run.message {
        Some(message) => format!("{message}; {what}"),
        None => what.clone(),
    };
    runs::set_outcome(
        &mut transaction,
        context.id(),
        Some(serial),
        Some(&message),
        Some(&next),
    )
    .await?;
    let is_newest = stage.run_id.is_some_and(|newest| *newest == context.id());
    if is_newest && matches!(*stage.status, StageStatus::ApplyFailed | StageStatus::Interrupted) {
        let (change, environment, status) = (*stage.change_id, *stage.environment_id, *stage.status);
        stages::set_status(
            &mut transaction,
            change,
            environment,
            status,
            Some(&message),
            Some(&next),
        )
        .await?;
    }
    let details =
        json!({"environment": *stage.environment_name, "run": context.id(), "state_serial": serial});
    let (chain, key) = (Chain::Project(*context.project.id), context.key());
    app.record(
        &mut transaction,
        chain,
        "system",
        "run.state-stored",
        &key,
        details,
    )
    .await?;
    transaction.commit().await?;
    super::log::append_afterwards(app, context.id(), &format!("Afterwards: {what}")).await
}
