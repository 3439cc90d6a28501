use lockkeeper_store::tables::plans;

use crate::{App, UseCaseError};

/// Plan files removed in one go.
const BATCH: i64 = 100;

/// Removes plan files that nobody can apply any more: they hold secrets.
///
/// # Errors
/// When the database or the folder of blobs fails.
pub async fn remove_spent_plan_files(app: &App) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    let spent = plans::spent_files(&mut transaction, app.now(), BATCH).await?;
    for plan in &spent {
        plans::clear_file(&mut transaction, *plan.id).await?;
    }
    transaction.commit().await?;
    // The row first: a crash in between leaves a file that nothing points to, not a row without its file.
    // One that cannot be removed must not keep the others.
    let mut failed = None;
    for plan in &spent {
        failed = app.blobs.remove(&plan.plan_file_blob).await.err().or(failed);
    }
    failed.map_or(Ok(()), |error| Err(error.into()))
}
