//! Whether the server can serve.

use lockkeeper_store::tables::users;

use crate::{App, UseCaseError};

/// Asks the database something small.
///
/// # Errors
/// When it does not answer.
pub async fn check_readiness(app: &App) -> Result<(), UseCaseError> {
    let mut transaction = app.database.read().await?;
    users::any(&mut transaction).await?;
    Ok(())
}
