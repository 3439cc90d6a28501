//! What is on record: the audit logs, and how backups went.

use jiff::{SignedDuration, Timestamp};
use lockkeeper_config::ServerConfig;
use lockkeeper_store::Database;
use lockkeeper_usecases::audit_log::verify_every_log;
use lockkeeper_usecases::backups::{BackupStatus, show_status};

use super::finding::Finding;
use crate::commands::serve;
use crate::failure::Failure;
use crate::output::words;

const AUDIT: &str = "audit logs";
const BACKUP: &str = "backup";
const DRILL: &str = "restore drill";
/// One that failed once is made again on the next day.
const OLD: SignedDuration = SignedDuration::from_hours(48);

/// Verifies every audit log.
pub(super) async fn audit_logs(database: &Database) -> Result<Vec<Finding>, Failure> {
    let key = database.keyring().server_key().map_err(serve::store_failed)?;
    let mut transaction = database.read().await.map_err(serve::store_failed)?;
    let found = verify_every_log(&mut transaction, &key)
        .await
        .map_err(serve::refused)?;
    if found.broken.is_empty() {
        let detail = format!("{} entries in {} chains hold", found.entries, found.chains);
        return Ok(vec![Finding::good(AUDIT, detail)]);
    }
    let next =
        "keep a copy of the database as it is, and compare with the newest backup: somebody altered it";
    let broken = found.broken.iter();
    Ok(broken
        .map(|(log, broken)| Finding::problem(AUDIT, format!("the log {log}: {broken}"), next))
        .collect())
}

/// How backups and drills went, and the latest time that is on record of them.
pub(super) async fn backups(
    configuration: &ServerConfig,
    database: &Database,
    now: Timestamp,
) -> Result<(Vec<Finding>, Option<Timestamp>), Failure> {
    let status = show_status(database).await.map_err(serve::refused)?;
    let recorded = [&status.backup, &status.drill]
        .into_iter()
        .flat_map(|schedule| [schedule.succeeded_at, schedule.failed_at])
        .flatten()
        .max();
    let drills = configuration.backup.drill && configuration.backup.daily_at.is_some();
    Ok((judge(&status, drills, now), recorded))
}

fn judge(status: &BackupStatus, drills: bool, now: Timestamp) -> Vec<Finding> {
    let by_hand = "`lockkeeper backup create` makes one now; backup.daily_at makes one every day";
    let mut findings = Vec::new();
    findings.push(match (&status.backup.failure, status.backup.succeeded_at) {
        (Some(failure), _) => {
            let next = "mend that, then `lockkeeper backup create`";
            Finding::problem(BACKUP, format!("the last one failed: {failure}"), next)
        }
        (None, None) => Finding::warning(BACKUP, "there is none yet", by_hand),
        (None, Some(at)) if now.duration_since(at) > OLD => {
            Finding::problem(BACKUP, format!("the newest is of {}", when(at)), by_hand)
        }
        (None, Some(at)) => Finding::good(BACKUP, format!("the newest is of {}", when(at))),
    });
    let next = "`lockkeeper backup drill` proves that the newest restores";
    match (&status.drill.failure, status.drill.succeeded_at) {
        (Some(failure), _) => {
            findings.push(Finding::problem(
                DRILL,
                format!("the last one failed: {failure}"),
                next,
            ));
        }
        (None, Some(at)) => {
            let detail = format!("a backup was restored at {}", when(at));
            findings.push(Finding::good(DRILL, detail));
        }
        (None, None) if drills && status.backup.succeeded_at.is_some() => {
            findings.push(Finding::warning(DRILL, "no backup was ever restored", next));
        }
        (None, None) => {}
    }
    findings
}

fn when(at: Timestamp) -> String {
    words::exact_time(&at.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;
    use lockkeeper_usecases::backups::ScheduleStatus;

    fn grades(status: &BackupStatus) -> Vec<(&'static str, Grade)> {
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        let found = judge(status, true, now);
        found
            .iter()
            .map(|finding| (finding.subject, finding.grade))
            .collect()
    }

    fn succeeded(at: &str) -> ScheduleStatus {
        ScheduleStatus {
            succeeded_at: Some(at.parse().unwrap()),
            ..ScheduleStatus::default()
        }
    }

    #[test]
    fn backups_are_judged_by_age_failure_and_drill() {
        let mut status = BackupStatus::default();
        assert_eq!(grades(&status), [(BACKUP, Grade::Warning)]);
        status.backup = succeeded("2026-11-21T02:00:00Z");
        assert_eq!(grades(&status), [(BACKUP, Grade::Good), (DRILL, Grade::Warning)]);
        status.drill = succeeded("2026-11-21T02:00:09Z");
        assert_eq!(grades(&status), [(BACKUP, Grade::Good), (DRILL, Grade::Good)]);
        status.backup = succeeded("2026-11-19T02:00:00Z");
        assert_eq!(grades(&status)[0], (BACKUP, Grade::Problem));
        status.backup.failure = Some("the bucket is away".to_owned());
        status.drill.failure = Some("a blob is missing".to_owned());
        assert_eq!(
            grades(&status),
            [(BACKUP, Grade::Problem), (DRILL, Grade::Problem)]
        );
    }
}
