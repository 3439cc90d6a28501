//! Blobs that nobody needs any more.

use jiff::SignedDuration;
use lockkeeper_store::blobs::Collector;

use crate::{App, UseCaseError};

/// How long a blob stays after the row that pointed to it is gone: whoever reads it then comes to an end.
const READ_TO_THE_END: SignedDuration = SignedDuration::from_hours(1);
/// Blobs removed in one go.
const BATCH: i64 = 100;

/// Removes blobs that were released some time ago from where they stand outside the database.
///
/// # Errors
/// When the database or the place of the blobs fails; what was not removed is the next time.
pub async fn remove_released(app: &App) -> Result<(), UseCaseError> {
    let before = app.now() - READ_TO_THE_END;
    Ok(app.blobs.remove_released(before, BATCH).await?)
}

/// Removes what writes that broke off have left outside the database, when it is time to look.
///
/// # Errors
/// When the database or the place of the blobs fails; what was not removed is the next time.
pub async fn collect(app: &App, collector: &mut Collector) -> Result<(), UseCaseError> {
    if !collector.is_due() {
        return Ok(());
    }
    let removed = app.blobs.collect(collector).await?;
    if removed > 0 {
        tracing::info!(removed, "removed what broken writes have left among the blobs");
    }
    Ok(())
}
