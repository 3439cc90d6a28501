//! The output of runs, secrets masked, in pieces.

use lockkeeper_domain::id::RunId;

use crate::statement::statements;

/// A piece of a log.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LogPiece {
    /// The number of bytes of the log up to the end of this piece.
    pub position: i64,
    /// The text.
    pub content: String,
}

statements! {
    /// Appends a piece.
    execute fn append(run: RunId, position: i64, content: &str) =
        "INSERT INTO run_log (run_id, position, content) VALUES ($1, $2, $3)";
    /// The pieces behind a position, oldest first.
    all fn after(run: RunId, position: i64, limit: i64) -> LogPiece =
        "SELECT position, content FROM run_log WHERE run_id = $1 AND position > $2 ORDER BY position LIMIT $3";
    /// The newest piece.
    optional fn newest(run: RunId) -> LogPiece =
        "SELECT position, content FROM run_log WHERE run_id = $1 ORDER BY position DESC LIMIT 1";
}
