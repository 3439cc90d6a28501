use lockkeeper_domain::id::RunId;
use lockkeeper_domain::name::{ChangeKey, Name};
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::runs::{self, RunRow};

use crate::changes::load_change;
use crate::{Access, App, Caller, UseCaseError};

/// Runs of a project or of one change, newest first, before the one given.
///
/// # Errors
/// Not found when the caller holds nothing in the project, or there is no such change.
pub async fn list_runs(
    app: &App,
    caller: &Caller,
    project: &Name,
    change: Option<&ChangeKey>,
    before: RunId,
    limit: i64,
) -> Result<Vec<RunRow>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let project = *Access::require(&mut transaction, caller, project, Permission::Read)
        .await?
        .project
        .id;
    Ok(match change {
        Some(key) => {
            let change = load_change(&mut transaction, project, key).await?;
            runs::page_of_change(&mut transaction, *change.id, before, limit).await?
        }
        None => runs::page(&mut transaction, project, before, limit).await?,
    })
}
