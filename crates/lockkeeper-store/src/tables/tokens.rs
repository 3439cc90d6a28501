//! API tokens, of which only a hash is kept, and the tokens of runs.

use jiff::Timestamp;
use lockkeeper_domain::id::{RunId, StateId, TokenId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::token::OneState;

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::{JsonText, Stored};

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "tokens",
    identity: &[("id", IdentityKind::Id)],
    sealed: &["label", "state"],
    names: &[],
};

sealed_row! {
    /// A token and its user.
    pub struct TokenRow {
        /// The identifier.
        pub id: Stored<TokenId>,
        /// Whose it is.
        pub user_id: Stored<UserId>,
        /// When it was created.
        pub created_at: Stored<Timestamp>,
        /// When it stops working.
        pub expires_at: Stored<Timestamp>,
        /// When it was revoked.
        pub revoked_at: Option<Stored<Timestamp>>,
    }
    sealed in SEALED, by (id) {
        /// What it is for.
        pub label: String,
        /// The only state that it is good for; none when it is good for all that its user may do.
        pub state: Option<Stored<JsonText<OneState>>>,
    }
    names {
        /// The user's name.
        pub user_name: Stored<Name>,
    }
}

sealed_row! {
    /// A token that is being used, and the user behind it.
    pub struct PresentedToken {
        /// The identifier.
        pub id: Stored<TokenId>,
        /// Whose it is.
        pub user_id: Stored<UserId>,
        /// Whether the user administers the server.
        pub server_admin: bool,
        /// When the user was disabled.
        pub disabled_at: Option<Stored<Timestamp>>,
        /// When it stops working.
        pub expires_at: Stored<Timestamp>,
        /// When it was revoked.
        pub revoked_at: Option<Stored<Timestamp>>,
    }
    sealed in SEALED, by (id) {
        /// The only state that it is good for; none when it is good for all that its user may do.
        pub state: Option<Stored<JsonText<OneState>>>,
    }
    names {
        /// The user's name.
        pub user_name: Stored<Name>,
    }
}

sealed_row! {
    /// The token of a run that is being used.
    pub struct RunTokenRow {
        /// The run.
        pub run_id: Stored<RunId>,
        /// The only state that it is good for.
        pub state_id: Stored<StateId>,
        /// Who asked for the run.
        pub user_id: Stored<UserId>,
        /// When it stops working.
        pub expires_at: Stored<Timestamp>,
    }
    names {
        /// The name of the one who asked.
        pub user_name: Stored<Name>,
    }
}

statements! {
    /// Adds a token.
    execute fn insert(
        id: TokenId, user: UserId, label: &str, hash: &[u8], created_at: Timestamp, expires_at: Timestamp, state: Option<&str>,
    ) seals SEALED (id) [label, state] =
        "INSERT INTO tokens (id, user_id, label, hash, created_at, expires_at, state) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// The token with that hash.
    optional fn by_hash(hash: &[u8]) -> PresentedToken =
        "SELECT t.id, t.user_id, u.name AS user_name, u.server_admin, u.disabled_at, t.expires_at, t.revoked_at, t.state \
         FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.hash = $1";
    /// The token.
    optional fn by_id(id: TokenId) -> TokenRow =
        "SELECT t.id, t.user_id, u.name AS user_name, t.label, t.created_at, t.expires_at, t.revoked_at, t.state \
         FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.id = $1";
    /// Every token, oldest first, behind the one given.
    all fn page(after: TokenId, limit: i64) -> TokenRow =
        "SELECT t.id, t.user_id, u.name AS user_name, t.label, t.created_at, t.expires_at, t.revoked_at, t.state \
         FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.id > $1 ORDER BY t.id LIMIT $2";
    /// The tokens of one user, oldest first, behind the one given.
    all fn page_of_user(user: UserId, after: TokenId, limit: i64) -> TokenRow =
        "SELECT t.id, t.user_id, u.name AS user_name, t.label, t.created_at, t.expires_at, t.revoked_at, t.state \
         FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.user_id = $1 AND t.id > $2 ORDER BY t.id LIMIT $3";
    /// Ends a token.
    execute fn revoke(id: TokenId, at: Timestamp) = "UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    /// Forgets the tokens that expired or were revoked before that time.
    execute fn delete_ended(before: Timestamp) = "DELETE FROM tokens WHERE expires_at < $1 OR revoked_at < $1";
    /// Adds the token of a run.
    execute fn insert_for_run(hash: &[u8], run: RunId, state: StateId, expires_at: Timestamp) =
        "INSERT INTO run_tokens (hash, run_id, state_id, expires_at) VALUES ($1, $2, $3, $4)";
    /// The run's token with that hash.
    optional fn run_token_by_hash(hash: &[u8]) -> RunTokenRow =
        "SELECT t.run_id, t.state_id, r.requester_id AS user_id, u.name AS user_name, t.expires_at FROM run_tokens t \
         JOIN runs r ON r.id = t.run_id JOIN users u ON u.id = r.requester_id WHERE t.hash = $1";
    /// Ends the tokens of a run.
    execute fn delete_of_run(run: RunId) = "DELETE FROM run_tokens WHERE run_id = $1";
}
