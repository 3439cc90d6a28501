//! What is done from time to time, and how it went the last time.

use jiff::Timestamp;

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::Stored;

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "schedules",
    identity: &[("name", IdentityKind::Text)],
    sealed: &["message"],
    names: &[],
};

sealed_row! {
    /// A thing that is done from time to time.
    pub struct ScheduleRow {
        /// What it is.
        pub name: String,
        /// When it is to be done next.
        pub next_at: Stored<Timestamp>,
        /// When it was done last.
        pub succeeded_at: Option<Stored<Timestamp>>,
        /// When it failed last.
        pub failed_at: Option<Stored<Timestamp>>,
        /// What the last success made.
        pub subject: Option<String>,
        /// The size of that in bytes.
        pub size: Option<i64>,
    }
    sealed in SEALED, by (name) {
        /// Why it failed last.
        pub message: Option<String>,
    }
}

statements! {
    /// Adds a schedule unless it is there.
    execute fn insert(name: &str, next_at: Timestamp) =
        "INSERT INTO schedules (name, next_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    /// A schedule.
    optional fn find(name: &str) -> ScheduleRow =
        "SELECT name, next_at, succeeded_at, failed_at, subject, size, message FROM schedules WHERE name = $1";
    /// Takes what is due, for whoever comes first; it is due again at `retry_at` unless its end is recorded.
    execute fn claim(name: &str, now: Timestamp, retry_at: Timestamp) =
        "UPDATE schedules SET next_at = $3 WHERE name = $1 AND next_at <= $2";
    /// Records a success.
    execute fn succeed(name: &str, at: Timestamp, subject: &str, size: i64) =
        "UPDATE schedules SET succeeded_at = $2, subject = $3, size = $4 WHERE name = $1";
    /// Records a failure.
    execute fn fail(name: &str, at: Timestamp, message: &str) seals SEALED (name) [message] =
        "UPDATE schedules SET failed_at = $2, message = $3 WHERE name = $1";
    /// Says when it is due next.
    execute fn postpone(name: &str, next_at: Timestamp) = "UPDATE schedules SET next_at = $2 WHERE name = $1";
}
