//! What has to be looked at from time to time. Each part takes no input: it reads what is and does what
//! is missing, so that it does not matter when it last ran.

use std::time::Duration;

use jiff::SignedDuration;
use lockkeeper_store::tables::idempotency_keys;
use lockkeeper_usecases::{App, UseCaseError, runs};

use crate::claim::abandoned;

const INTERVAL: Duration = Duration::from_secs(15);
/// A request is not repeated after this.
const ANSWERS_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Looks again and again.
pub(crate) async fn keep_house(app: &App) {
    loop {
        if let Err(error) = once(app).await {
            tracing::warn!(%error, "housekeeping failed; it is tried again");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

async fn once(app: &App) -> Result<(), UseCaseError> {
    for job in abandoned(app, None).await? {
        runs::recover_run(app, job).await?;
    }
    runs::propose_pending_rollbacks(app).await?;
    runs::remove_spent_plan_files(app).await?;
    let mut transaction = app.database.write().await?;
    idempotency_keys::delete_older(&mut transaction, app.now() - ANSWERS_KEPT).await?;
    transaction.commit().await?;
    Ok(())
}
