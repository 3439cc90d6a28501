use lockkeeper_backup::{Created, Reuse, Source, create, prune};
use lockkeeper_store::Database;
use lockkeeper_store::tables::audit::{self, NewEntry};
use lockkeeper_store::tables::schedules;
use serde_json::json;

use super::{BACKUP, BackupContext, show_status};
use crate::UseCaseError;
use crate::app::Chain;

/// Makes a backup, records it in the server's audit log, and removes those that need not be kept. When the last restore
/// drill failed, nothing is taken over from earlier backups: what made it fail may be in all of them.
///
/// # Errors
/// When the database, the blobs or the place of the backups fail.
pub async fn create_backup(
    context: BackupContext<'_>,
    reuse: Reuse,
    actor: &str,
) -> Result<Created, UseCaseError> {
    let (keys, repository) = (context.keys(), &context.settings.repository);
    let source = Source {
        database: context.database,
        blobs: context.blobs,
        program: env!("CARGO_PKG_VERSION"),
    };
    let drill = show_status(context.database).await?.drill;
    let reuse = if drill.has_failed() { Reuse::Nothing } else { reuse };
    match create(source, repository, &keys, reuse, context.now).await {
        Ok(created) => {
            record(context, &created, actor).await?;
            // The backup is made; that an old one cannot be removed must not look as if it were not.
            match prune(repository, &keys, context.settings.keep, context.now).await {
                Ok(pruned) => tracing::info!(
                    backups = pruned.backups.len(),
                    pieces = pruned.pieces,
                    "old backups removed"
                ),
                Err(error) => tracing::warn!(%error, "old backups could not be removed"),
            }
            Ok(created)
        }
        Err(error) => {
            let error = UseCaseError::from(error);
            record_failure(context.database, BACKUP, context, &error).await?;
            Err(error)
        }
    }
}

async fn record(context: BackupContext<'_>, created: &Created, actor: &str) -> Result<(), UseCaseError> {
    let size = i64::try_from(created.manifest.size).unwrap_or(i64::MAX);
    let mut transaction = context.database.write().await?;
    schedules::insert(&mut transaction, BACKUP, jiff::Timestamp::MAX).await?;
    schedules::succeed(&mut transaction, BACKUP, context.now, created.id.as_str(), size).await?;
    let details = json!({"size": size, "new_pieces": created.new_pieces, "damaged_blobs": created.manifest.damaged_blobs.len()});
    let entry = NewEntry {
        chain: Chain::Server.stored(),
        at: context.now,
        actor,
        action: "backup.create",
        subject: created.id.as_str(),
        details,
    };
    audit::append(&mut transaction, context.key, entry).await?;
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn record_failure(
    database: &Database,
    schedule: &str,
    context: BackupContext<'_>,
    error: &UseCaseError,
) -> Result<(), UseCaseError> {
    let mut transaction = database.write().await?;
    schedules::insert(&mut transaction, schedule, jiff::Timestamp::MAX).await?;
    schedules::fail(&mut transaction, schedule, context.now, &error.detail).await?;
    transaction.commit().await?;
    Ok(())
}
