//! Folders of runs that another server ended, because this one was away for too long.

use lockkeeper_domain::id::RunId;
use lockkeeper_store::tables::runs;

use super::context::{RunContext, folder};
use super::recover_run::{Tool, find_stranded_state, stop_tool};
use crate::{App, UseCaseError};

/// Stops tools that are still at work for runs that have ended, and removes the folders of these runs, but for
/// those that hold a state that could not be stored. At start, when nothing of this server is at work yet.
///
/// # Errors
/// When the data folder cannot be read.
pub async fn clear_leftovers(app: &App) -> Result<(), UseCaseError> {
    let unreadable = |error| UseCaseError::internal(format!("the folders of runs cannot be read: {error}"));
    let mut entries = match tokio::fs::read_dir(app.settings.data.join("runs")).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    while let Some(entry) = entries.next_entry().await.map_err(unreadable)? {
        let name = entry.file_name();
        let Some(run) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if let Err(error) = clear(app, run).await {
            tracing::warn!(%error, %run, "what a run left could not be cleared");
        }
    }
    Ok(())
}

async fn clear(app: &App, run: RunId) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    // One that has not ended is picked up by recovery; one that is not there belongs to another database.
    match runs::by_id(&mut transaction, run).await? {
        Some(row) if row.status.has_ended() => {}
        _ => return Ok(()),
    }
    let context = RunContext::load(&mut transaction, run).await?;
    transaction.commit().await?;
    let tool = stop_tool(&folder(app, &context)).await;
    if tool != Tool::Gone {
        let text = "The tool was still at work when its server came back, and was told to stop. Its state could not be stored any more.";
        super::log::append_afterwards(app, run, text).await?;
    }
    match find_stranded_state(app, &context) {
        Some(state) => {
            tracing::warn!(%run, state = %state.display(), "a run left a state that could not be stored");
        }
        None => super::execute::remove_folder(&folder(app, &context)).await,
    }
    Ok(())
}
