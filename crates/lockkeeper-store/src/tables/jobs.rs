//! Durable jobs: kept by beats, fenced by attempt, exclusive per state.

use jiff::Timestamp;
use lockkeeper_domain::id::{JobId, RunId, ServerId};

use crate::sealed::sealed_row;
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

sealed_row! {
    /// A job that somebody works on, or worked on when they died.
    pub struct JobAtWork {
        /// The identifier.
        pub id: Stored<JobId>,
        /// The run that it carries out.
        pub run_id: Stored<RunId>,
        /// The attempt.
        pub attempt: i64,
        /// Goes up for as long as somebody works on it.
        pub beats: i64,
        /// The server that works on it; none when it was claimed before servers were on record.
        pub server_id: Option<Stored<ServerId>>,
    }
    names {
        /// The data folder and the computer of that server.
        pub machine: Option<String>,
        /// The name of that computer, for people.
        pub host: Option<String>,
    }
}

statements! {
    /// Queues a job.
    execute fn insert(id: JobId, run: RunId, exclusive_key: &str, run_at: Timestamp) =
        "INSERT INTO jobs (id, run_id, exclusive_key, status, run_at, attempt) VALUES ($1, $2, $3, 'queued', $4, 0)";
    /// Claims the oldest job that is due and whose key nobody works under. Two claimers never get the same job: the outer
    /// condition is looked at again when the row is free, and the unique index refuses a second job of one key.
    optional fn claim(now: Timestamp, server: ServerId) -> JobRow =
        "UPDATE jobs SET status = 'running', attempt = attempt + 1, beats = 0, server_id = $2 WHERE status = 'queued' AND id = \
         (SELECT j.id FROM jobs j WHERE j.status = 'queued' AND j.run_at <= $1 AND NOT EXISTS \
         (SELECT 1 FROM jobs r WHERE r.status = 'running' AND r.exclusive_key = j.exclusive_key) ORDER BY j.run_at, j.id LIMIT 1) \
         RETURNING id, run_id, attempt";
    /// A job that could be claimed now: somebody who claimed none was only slower than another.
    optional fn claimable(now: Timestamp) -> JobRow =
        "SELECT j.id, j.run_id, j.attempt FROM jobs j WHERE j.status = 'queued' AND j.run_at <= $1 AND NOT EXISTS \
         (SELECT 1 FROM jobs r WHERE r.status = 'running' AND r.exclusive_key = j.exclusive_key) ORDER BY j.run_at, j.id LIMIT 1";
    /// Takes over a job whose worker has gone, as another attempt. None when somebody else was faster.
    optional fn take_over(id: JobId, attempt: i64, server: ServerId) -> JobRow =
        "UPDATE jobs SET attempt = attempt + 1, beats = 0, server_id = $3 WHERE id = $1 AND attempt = $2 AND status = 'running' \
         RETURNING id, run_id, attempt";
    /// Says that somebody works on a job. Answers 0 when it is no longer this worker's.
    execute fn beat(id: JobId, attempt: i64) =
        "UPDATE jobs SET beats = beats + 1 WHERE id = $1 AND attempt = $2 AND status = 'running'";
    /// Ends a job. Answers 0 when it is no longer this worker's.
    execute fn finish(id: JobId, attempt: i64) =
        "UPDATE jobs SET status = 'done' WHERE id = $1 AND attempt = $2 AND status = 'running'";
    /// Ends a job that nobody has begun.
    execute fn withdraw(run: RunId) = "UPDATE jobs SET status = 'done' WHERE run_id = $1 AND status = 'queued'";
    /// Moves a job that nobody has begun.
    execute fn reschedule(run: RunId, run_at: Timestamp) = "UPDATE jobs SET run_at = $2 WHERE run_id = $1 AND status = 'queued'";
    /// The jobs at work, and where.
    all fn at_work() -> JobAtWork =
        "SELECT j.id, j.run_id, j.attempt, j.beats, j.server_id, s.machine, s.host FROM jobs j \
         LEFT JOIN servers s ON s.id = j.server_id WHERE j.status = 'running' ORDER BY j.id LIMIT 1000";
}
