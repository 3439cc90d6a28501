//! Whether the server can serve, with what is known beside.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The details of `/readyz?verbose`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReadinessView {
    /// `ok`: the database answers. Neither backups nor drills keep a server from serving.
    pub status: String,
    /// The backup that is made every day.
    pub backup: ScheduleView,
    /// The restore of the newest backup, as a test.
    pub restore_drill: ScheduleView,
}

/// How something that is done from time to time went.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ScheduleView {
    /// `ok`, `failed`, or `never` when it was not done yet.
    pub status: String,
    /// When it succeeded last.
    pub succeeded_at: Option<String>,
    /// When it failed last.
    pub failed_at: Option<String>,
    /// The backup that was made or restored.
    pub backup: Option<String>,
    /// When it is due next, if it is done by itself.
    pub next_at: Option<String>,
}
