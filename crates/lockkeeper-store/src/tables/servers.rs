//! The processes that serve a database.

use jiff::Timestamp;
use lockkeeper_domain::id::ServerId;

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::Stored;

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "servers",
    identity: &[("id", IdentityKind::Id)],
    sealed: &[],
    names: &["machine", "host"],
};

sealed_row! {
    /// A server that has not ended in good order.
    pub struct ServerRow {
        /// The identifier.
        pub id: Stored<ServerId>,
        /// Goes up for as long as it is alive.
        pub beats: i64,
    }
    names {
        /// The name of its computer, for people.
        pub host: String,
    }
}

statements! {
    /// Adds a server that starts.
    execute fn insert(id: ServerId, machine: &str, host: &str, root_fingerprint: &str, started_at: Timestamp) names [machine, host] =
        "INSERT INTO servers (id, machine, host, root_fingerprint, beats, started_at) VALUES ($1, $2, $3, $4, 0, $5)";
    /// Says that a server is alive, also one that was given up. Answers 0 when it was forgotten.
    execute fn beat(id: ServerId) = "UPDATE servers SET beats = beats + 1, ended_at = NULL WHERE id = $1";
    /// Ends a server.
    execute fn end(id: ServerId, at: Timestamp) = "UPDATE servers SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    /// Ends a server that has not beaten since.
    execute fn give_up(id: ServerId, beats: i64, at: Timestamp) =
        "UPDATE servers SET ended_at = $3 WHERE id = $1 AND beats = $2 AND ended_at IS NULL";
    /// Ends what served from the same data folder before: only one process at a time can.
    execute fn end_earlier(machine: &str, at: Timestamp) names [machine] =
        "UPDATE servers SET ended_at = $2 WHERE machine = $1 AND ended_at IS NULL";
    /// Forgets the servers that ended before that time.
    execute fn delete_ended(before: Timestamp) = "DELETE FROM servers WHERE ended_at < $1";
    /// The servers that have not ended.
    all fn at_work() -> ServerRow =
        "SELECT id, host, beats FROM servers WHERE ended_at IS NULL ORDER BY id LIMIT 1000";
    /// The servers that have not ended and run on another root key.
    all fn on_other_root(root_fingerprint: &str) -> ServerRow =
        "SELECT id, host, beats FROM servers WHERE ended_at IS NULL AND root_fingerprint <> $1 ORDER BY id LIMIT 1000";
    /// The server, unless it has ended.
    optional fn at_work_by_id(id: ServerId) -> ServerRow =
        "SELECT id, host, beats FROM servers WHERE id = $1 AND ended_at IS NULL";
}
