//! The output of runs, secrets masked, in pieces.

use lockkeeper_domain::id::RunId;

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::Stored;

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "run_log",
    identity: &[("run_id", IdentityKind::Id), ("position", IdentityKind::Number)],
    sealed: &["content"],
    names: &[],
};

sealed_row! {
    /// A piece of a log.
    pub struct LogPiece {
        /// The run.
        pub run_id: Stored<RunId>,
        /// The number of bytes of the log up to the end of this piece.
        pub position: i64,
    }
    sealed in SEALED, by (run_id, position) {
        /// The text.
        pub content: String,
    }
}

statements! {
    /// Appends a piece.
    execute fn append(run: RunId, position: i64, content: &str) seals SEALED (run, position) [content] =
        "INSERT INTO run_log (run_id, position, content) VALUES ($1, $2, $3)";
    /// The pieces behind a position, oldest first.
    all fn after(run: RunId, position: i64, limit: i64) -> LogPiece =
        "SELECT run_id, position, content FROM run_log WHERE run_id = $1 AND position > $2 ORDER BY position LIMIT $3";
    /// The newest piece.
    optional fn newest(run: RunId) -> LogPiece =
        "SELECT run_id, position, content FROM run_log WHERE run_id = $1 ORDER BY position DESC LIMIT 1";
}
