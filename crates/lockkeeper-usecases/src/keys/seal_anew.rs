use lockkeeper_store::sealing;

use crate::{App, UseCaseError};

/// Reads the keys again: somebody may have made one.
///
/// # Errors
/// When the database fails, or the root key was changed: what was sealed until then is still read and written.
pub async fn refresh_keys(app: &App) -> Result<(), UseCaseError> {
    app.database.refresh_keys().await.map_err(|error| {
        let detail = error.to_string();
        UseCaseError::from(error).hint(format!(
            "{detail}; after `lockkeeper key change-root` start every server again"
        ))
    })
}

/// Seals anew the rows and the blobs of former data keys, if every server knows the newer one. Answers whether
/// everything could be.
///
/// # Errors
/// When the database fails; what is left is the next time.
pub async fn seal_anew(app: &App) -> Result<bool, UseCaseError> {
    let rows = sealing::seal_anew(&app.database, app.now()).await?;
    let blobs = app.blobs.seal_anew(app.now()).await?;
    if rows.sealed > 0 || blobs.sealed > 0 {
        tracing::info!(
            values = rows.sealed,
            blobs = blobs.sealed,
            "sealed anew what former data keys had sealed"
        );
    }
    if let Some(error) = blobs.reason {
        tracing::warn!(%error, blobs = blobs.failed, "some blobs could not be sealed anew, and stay under a former key");
    }
    Ok(blobs.failed == 0)
}
