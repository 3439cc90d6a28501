use lockkeeper_domain::id::{ProjectId, RunId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::runs::{self, RunRow};

use crate::{Access, App, Caller, UseCaseError};

/// A run.
///
/// # Errors
/// Not found when the run is not the project's.
pub async fn show_run(
    app: &App,
    caller: &Caller,
    project: &Name,
    run: RunId,
) -> Result<RunRow, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    find(&mut transaction, *access.project.id, run).await
}

pub(super) async fn find(
    transaction: &mut Transaction,
    project: ProjectId,
    run: RunId,
) -> Result<RunRow, UseCaseError> {
    let row = runs::by_id(transaction, run)
        .await?
        .filter(|row| *row.project_id == project);
    row.ok_or_else(|| {
        UseCaseError::not_found(format!("there is no run {run} in this project"))
            .hint("`lockkeeper run list` shows them")
    })
}
