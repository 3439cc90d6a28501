use jiff::SignedDuration;
use lockkeeper_store::tables::{servers, state_locks, tokens};

use crate::{App, UseCaseError};

/// How long tokens and servers that ended stay on record: for whoever asks why something does not work any more.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Forgets tokens and servers that ended a month ago, and places in queues that were lost. The audit log tells of
/// tokens for ever.
///
/// # Errors
/// When the database fails.
pub async fn forget_ended(app: &App) -> Result<(), UseCaseError> {
    let now = app.now();
    let mut transaction = app.database.write().await?;
    tokens::delete_ended(&mut transaction, now - KEPT).await?;
    servers::delete_ended(&mut transaction, now - KEPT).await?;
    state_locks::delete_lost(&mut transaction, now).await?;
    Ok(transaction.commit().await?)
}
