use lockkeeper_store::tables::{blobs, plans};

use crate::{App, UseCaseError};

/// Plan files removed in one go.
const BATCH: i64 = 100;

/// Removes plan files that nobody can apply any more: they hold secrets.
///
/// # Errors
/// When the database fails.
pub async fn remove_spent_plan_files(app: &App) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    let spent = plans::spent_files(&mut transaction, app.now(), BATCH).await?;
    for plan in &spent {
        plans::clear_file(&mut transaction, *plan.id).await?;
        blobs::release(&mut transaction, &plan.plan_file_blob, app.now()).await?;
    }
    transaction.commit().await?;
    Ok(())
}
