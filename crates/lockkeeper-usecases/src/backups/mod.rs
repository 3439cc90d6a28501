//! Backups: made every day by whichever server comes first, and proved by restoring the newest.

mod create_backup;
mod drill;
mod make_due;
mod status;

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use lockkeeper_backup::{BackupError, Keep, Repository, RepositoryKeys, repository_keys};
use lockkeeper_store::Database;
use lockkeeper_store::blobs::Blobs;
use lockkeeper_store::key::ServerKey;

use crate::{App, UseCaseError};

pub use create_backup::create_backup;
pub use drill::{Drilled, drill_restore};
pub use make_due::make_due_backup;
pub use status::{BackupStatus, ScheduleStatus, show_status};

/// The name of the schedule of backups.
const BACKUP: &str = "backup";
/// The name of the schedule of restore drills.
const DRILL: &str = "restore-drill";

/// How backups are made.
#[derive(Debug, Clone)]
pub struct BackupSettings {
    /// Where they are kept.
    pub repository: Repository,
    /// When each day, in UTC; none when nothing is made by itself.
    pub daily_at: Option<Time>,
    /// Whether the newest one is restored, as a test, each time that one was made by itself.
    pub drill: bool,
    /// How many stay.
    pub keep: Keep,
    /// Where drills restore to. What is made there is removed again.
    pub scratch: PathBuf,
}

/// What backups are made of, and where they go.
#[derive(Debug, Clone, Copy)]
pub struct BackupContext<'a> {
    /// The database.
    pub database: &'a Database,
    /// The blobs.
    pub blobs: &'a Blobs,
    /// The server's key.
    pub key: &'a ServerKey,
    /// How backups are made.
    pub settings: &'a BackupSettings,
    /// The time now.
    pub now: Timestamp,
}

impl BackupContext<'_> {
    /// The keys of the repository.
    pub fn keys(&self) -> RepositoryKeys {
        repository_keys(self.key)
    }
}

impl App {
    /// What this server's backups are made of; none when it has no place for them.
    pub fn backup_context(&self) -> Option<BackupContext<'_>> {
        Some(BackupContext {
            database: &self.database,
            blobs: &self.blobs,
            key: &self.key,
            settings: self.settings.backups.as_ref()?,
            now: self.now(),
        })
    }
}

/// The first time at that hour behind `now`.
fn next_daily(at: Time, now: Timestamp) -> Timestamp {
    let today = now.to_zoned(TimeZone::UTC).date();
    let candidates = [Some(today), today.tomorrow().ok()];
    let times = candidates.into_iter().flatten().filter_map(|date| {
        let zoned = date.to_datetime(at).to_zoned(TimeZone::UTC).ok()?;
        Some(zoned.timestamp())
    });
    times
        .into_iter()
        .find(|time| *time > now)
        .unwrap_or(Timestamp::MAX)
}

impl From<BackupError> for UseCaseError {
    fn from(error: BackupError) -> Self {
        let detail = error.to_string();
        match error {
            BackupError::Store(error) => error.into(),
            BackupError::Place(_) => Self::unavailable(detail)
                .hint("check `backup.place` in lockkeeper.toml, and the credentials of the bucket"),
            BackupError::NoBackup(_) => {
                Self::not_found(detail).hint("`lockkeeper backup list` shows those that are there")
            }
            BackupError::WrongKey(_) => {
                Self::invalid(detail).hint("give the root key of the server that made the backup")
            }
            BackupError::Damaged { .. } => {
                Self::internal(detail).hint("restore another one: `lockkeeper backup list` shows them, and `lockkeeper backup verify BACKUP` tells which are whole; while the server works, `lockkeeper backup create --full` makes one that takes nothing over from it")
            }
            BackupError::Newer { .. } => Self::invalid(detail),
            BackupError::NotEmpty => Self::conflict(detail)
                .hint("restore into a new data folder or an empty database, then point the server at it"),
            BackupError::Moving => Self::conflict(detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn daily_is_today_or_tomorrow() {
        let at = jiff::civil::time(2, 0, 0, 0);
        let next = |now: &str| next_daily(at, now.parse().unwrap()).to_string();
        assert_eq!(next("2026-11-21T01:59:59Z"), "2026-11-21T02:00:00Z");
        assert_eq!(next("2026-11-21T02:00:00Z"), "2026-11-22T02:00:00Z");
        assert_eq!(next("2026-12-31T23:00:00Z"), "2027-01-01T02:00:00Z");
    }
}
