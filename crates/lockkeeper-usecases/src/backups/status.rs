use jiff::Timestamp;
use lockkeeper_store::Database;
use lockkeeper_store::tables::schedules::{self, ScheduleRow};

use super::{BACKUP, DRILL};
use crate::UseCaseError;

/// How backups and drills went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupStatus {
    /// Backups.
    pub backup: ScheduleStatus,
    /// Restore drills.
    pub drill: ScheduleStatus,
}

/// How something that is done from time to time went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScheduleStatus {
    /// When it succeeded last.
    pub succeeded_at: Option<Timestamp>,
    /// When it failed last.
    pub failed_at: Option<Timestamp>,
    /// The backup of the last success.
    pub backup: Option<String>,
    /// Of a backup: its size in bytes. Of a drill: the rows that it restored.
    pub size: Option<u64>,
    /// Why it failed, if it did after the last success.
    pub failure: Option<String>,
    /// When it is due next, if it is by itself.
    pub next_at: Option<Timestamp>,
}

impl ScheduleStatus {
    /// Whether the last time was a failure.
    pub fn has_failed(&self) -> bool {
        self.failed_at > self.succeeded_at
    }
}

impl From<ScheduleRow> for ScheduleStatus {
    fn from(row: ScheduleRow) -> Self {
        let mut status = Self {
            succeeded_at: row.succeeded_at.map(|at| at.0),
            failed_at: row.failed_at.map(|at| at.0),
            backup: row.subject,
            size: row.size.and_then(|size| u64::try_from(size).ok()),
            failure: None,
            next_at: Some(*row.next_at).filter(|at| *at < Timestamp::MAX),
        };
        status.failure = row.message.filter(|_| status.has_failed());
        status
    }
}

/// How backups and drills went the last time, on whichever server.
///
/// # Errors
/// When the database fails.
pub async fn show_status(database: &Database) -> Result<BackupStatus, UseCaseError> {
    let mut transaction = database.read().await?;
    let backup = schedules::find(&mut transaction, BACKUP).await?;
    let drill = schedules::find(&mut transaction, DRILL).await?;
    Ok(BackupStatus {
        backup: backup.map(Into::into).unwrap_or_default(),
        drill: drill.map(Into::into).unwrap_or_default(),
    })
}
