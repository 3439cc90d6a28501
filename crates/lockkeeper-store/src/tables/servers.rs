//! The processes that serve a database.

use jiff::Timestamp;
use lockkeeper_domain::id::ServerId;

use crate::statement::statements;
use crate::stored::Stored;

/// A server that has not ended in good order.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ServerRow {
    /// The identifier.
    pub id: Stored<ServerId>,
    /// The name of its computer, for people.
    pub host: String,
    /// Goes up for as long as it is alive.
    pub beats: i64,
}

statements! {
    /// Adds a server that starts.
    execute fn insert(id: ServerId, machine: &str, host: &str, started_at: Timestamp) =
        "INSERT INTO servers (id, machine, host, beats, started_at) VALUES ($1, $2, $3, 0, $4)";
    /// Says that a server is alive.
    execute fn beat(id: ServerId) = "UPDATE servers SET beats = beats + 1 WHERE id = $1";
    /// Ends a server.
    execute fn end(id: ServerId, at: Timestamp) = "UPDATE servers SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    /// Ends what served from the same data folder before: only one process at a time can.
    execute fn end_earlier(machine: &str, at: Timestamp) =
        "UPDATE servers SET ended_at = $2 WHERE machine = $1 AND ended_at IS NULL";
    /// Forgets the servers that ended before that time.
    execute fn delete_ended(before: Timestamp) = "DELETE FROM servers WHERE ended_at < $1";
    /// The servers that have not ended.
    all fn at_work() -> ServerRow =
        "SELECT id, host, beats FROM servers WHERE ended_at IS NULL ORDER BY id LIMIT 1000";
    /// The server, unless it has ended.
    optional fn at_work_by_id(id: ServerId) -> ServerRow =
        "SELECT id, host, beats FROM servers WHERE id = $1 AND ended_at IS NULL";
}
