use jiff::SignedDuration;
use lockkeeper_backup::Reuse;
use lockkeeper_store::tables::schedules;

use super::create_backup::create_backup;
use super::drill::drill_restore;
use super::{BACKUP, BackupContext, next_daily};
use crate::{App, UseCaseError};

/// A backup that failed, or whose server died, is tried again after this.
const RETRY: SignedDuration = SignedDuration::from_hours(1);
/// Who made it, in the audit log.
const ACTOR: &str = "lockkeeper";

/// Makes the backup of the day if it is due and no other server does, then restores it as a test.
///
/// # Errors
/// When the backup cannot be made; the reason is on record, and it is tried again.
pub async fn make_due_backup(app: &App) -> Result<(), UseCaseError> {
    let Some(context) = app.backup_context() else {
        return Ok(());
    };
    let Some(at) = context.settings.daily_at else {
        return Ok(());
    };
    let next = next_daily(at, context.now);
    if !claim(context, next).await? {
        return Ok(());
    }
    let created = create_backup(context, Reuse::Pieces, ACTOR).await?;
    tracing::info!(backup = %created.id, size = created.manifest.size, new_pieces = created.new_pieces, "backup made");
    let mut transaction = context.database.write().await?;
    schedules::postpone(&mut transaction, BACKUP, next).await?;
    transaction.commit().await?;
    if context.settings.drill {
        let drilled = drill_restore(context, Some(&created.id)).await?;
        tracing::info!(backup = %drilled.id, rows = drilled.rows, states = drilled.states, "the backup restores");
    }
    Ok(())
}

/// Whether it is due, and this server's to make.
async fn claim(context: BackupContext<'_>, next: jiff::Timestamp) -> Result<bool, UseCaseError> {
    // Looked at every few seconds by every server: nothing is written unless something is due.
    let mut transaction = context.database.read().await?;
    let schedule = schedules::find(&mut transaction, BACKUP).await?;
    drop(transaction);
    // A setting that was altered counts from the next look on; one made by hand alone has no time of its own.
    let due = match &schedule {
        Some(schedule) => *schedule.next_at <= context.now,
        None => false,
    };
    let wrong = schedule.as_ref().is_none_or(|schedule| *schedule.next_at > next);
    if !due && !wrong {
        return Ok(false);
    }
    let mut transaction = context.database.write().await?;
    schedules::insert(&mut transaction, BACKUP, next).await?;
    if wrong {
        schedules::postpone(&mut transaction, BACKUP, next).await?;
    }
    let claimed = schedules::claim(&mut transaction, BACKUP, context.now, context.now + RETRY).await?;
    transaction.commit().await?;
    Ok(claimed > 0)
}
