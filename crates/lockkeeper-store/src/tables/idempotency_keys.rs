//! Answers to requests that carried an idempotency key, so that a repeated request is not done twice.

use jiff::Timestamp;
use lockkeeper_domain::id::{ServerId, UserId};

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::Stored;

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "idempotency_keys",
    identity: &[("user_id", IdentityKind::Id), ("key", IdentityKind::Name)],
    sealed: &["body"],
    names: &["key"],
};

sealed_row! {
    /// An answer that was given, or is being worked out.
    pub struct AnswerRow {
        /// Whose request it was.
        pub user_id: Stored<UserId>,
        /// The hash of the request; another request under the same key is a mistake.
        pub request_hash: Vec<u8>,
        /// The status of the answer; none while it is being worked out.
        pub status: Option<i64>,
        /// The server that works it out.
        pub server_id: Option<Stored<ServerId>>,
    }
    sealed in SEALED, by (user_id, key) {
        /// The body of the answer.
        pub body: Option<String>,
    }
    names {
        /// The key.
        pub key: String,
    }
}

statements! {
    /// Takes a key; answers 0 when it is taken.
    execute fn insert(user: UserId, key: &str, request_hash: &[u8], created_at: Timestamp, server: ServerId) names [key] =
        "INSERT INTO idempotency_keys (user_id, key, request_hash, created_at, server_id) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    /// Takes a key over from a server that died before it answered; answers 0 when somebody else was faster.
    execute fn take_over(user: UserId, key: &str, from: Option<ServerId>, server: ServerId) names [key] =
        "UPDATE idempotency_keys SET server_id = $4 WHERE user_id = $1 AND key = $2 AND status IS NULL \
         AND (server_id = $3 OR (server_id IS NULL AND $3 IS NULL))";
    /// The answer under a key.
    optional fn find(user: UserId, key: &str) names [key] -> AnswerRow =
        "SELECT user_id, key, request_hash, status, body, server_id FROM idempotency_keys WHERE user_id = $1 AND key = $2";
    /// Keeps the answer.
    execute fn set_answer(user: UserId, key: &str, status: i64, body: &str) seals SEALED (user, key) [body] names [key] =
        "UPDATE idempotency_keys SET status = $3, body = $4 WHERE user_id = $1 AND key = $2";
    /// Gives a key back, after a failure that may pass.
    execute fn delete(user: UserId, key: &str) names [key] = "DELETE FROM idempotency_keys WHERE user_id = $1 AND key = $2";
    /// Forgets answers that are too old for a retry.
    execute fn delete_older(created_before: Timestamp) = "DELETE FROM idempotency_keys WHERE created_at < $1";
}
