//! Durable jobs: leased by a worker, fenced by attempt, exclusive per state.

use jiff::Timestamp;
use lockkeeper_domain::id::{JobId, RunId};

use crate::statement::statements;
use crate::stored::Stored;

/// A job.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct JobRow {
    /// The identifier.
    pub id: Stored<JobId>,
    /// The run that it carries out.
    pub run_id: Stored<RunId>,
    /// Goes up each time the job is claimed; a worker whose attempt is not the newest has lost the job.
    pub attempt: i64,
}

/// When the next job is due.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct NextDue {
    /// The time.
    pub run_at: Stored<Timestamp>,
}

statements! {
    /// Queues a job.
    execute fn insert(id: JobId, run: RunId, exclusive_key: &str, run_at: Timestamp) =
        "INSERT INTO jobs (id, run_id, exclusive_key, status, run_at, attempt) VALUES ($1, $2, $3, 'queued', $4, 0)";
    /// Claims the oldest job that is due and whose key nobody works under. Two claimers never get the same job: the outer
    /// condition is looked at again when the row is free, and the unique index refuses a second job of one key.
    optional fn claim(now: Timestamp, lease_until: Timestamp, worker: &str) -> JobRow =
        "UPDATE jobs SET status = 'running', attempt = attempt + 1, lease_until = $2, worker = $3 WHERE status = 'queued' AND id = \
         (SELECT j.id FROM jobs j WHERE j.status = 'queued' AND j.run_at <= $1 AND NOT EXISTS \
         (SELECT 1 FROM jobs r WHERE r.status = 'running' AND r.exclusive_key = j.exclusive_key) ORDER BY j.run_at, j.id LIMIT 1) \
         RETURNING id, run_id, attempt";
    /// Prolongs a lease. Answers 0 when the job is no longer this worker's.
    execute fn extend_lease(id: JobId, attempt: i64, lease_until: Timestamp) =
        "UPDATE jobs SET lease_until = $3 WHERE id = $1 AND attempt = $2 AND status = 'running'";
    /// Ends a job. Answers 0 when it is no longer this worker's.
    execute fn finish(id: JobId, attempt: i64) =
        "UPDATE jobs SET status = 'done', lease_until = NULL WHERE id = $1 AND attempt = $2 AND status = 'running'";
    /// Ends a job that nobody has begun.
    execute fn withdraw(run: RunId) = "UPDATE jobs SET status = 'done' WHERE run_id = $1 AND status = 'queued'";
    /// Moves a job that nobody has begun.
    execute fn reschedule(run: RunId, run_at: Timestamp) = "UPDATE jobs SET run_at = $2 WHERE run_id = $1 AND status = 'queued'";
    /// Jobs whose worker has gone: their lease has run out.
    all fn abandoned(now: Timestamp) -> JobRow =
        "SELECT id, run_id, attempt FROM jobs WHERE status = 'running' AND lease_until < $1 ORDER BY id LIMIT 100";
    /// Jobs that a worker of that name left at work; it is starting anew, so it is not at work on them.
    all fn left_by(worker: &str) -> JobRow =
        "SELECT id, run_id, attempt FROM jobs WHERE status = 'running' AND worker = $1 ORDER BY id LIMIT 100";
    /// When the next job is due.
    optional fn next_due() -> NextDue = "SELECT run_at FROM jobs WHERE status = 'queued' ORDER BY run_at LIMIT 1";
}
