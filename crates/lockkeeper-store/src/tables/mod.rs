//! One file for each table: its rows, and every statement about it.

pub mod approvals;
pub mod audit;
pub mod blobs;
pub mod changes;
pub mod encryption_keys;
pub mod environments;
pub mod idempotency_keys;
pub mod installation;
pub mod jobs;
pub mod memberships;
pub mod plans;
pub mod projects;
pub mod run_log;
pub mod runs;
pub mod schedules;
pub mod sealed_tables;
pub mod servers;
pub mod stages;
pub mod state_inventories;
pub mod state_locks;
pub mod state_overwrite_leaves;
pub mod state_retention;
pub mod states;
pub mod ticks;
pub mod tokens;
pub mod users;

/// The statements of every table, for the test that prepares them on both databases.
#[doc(hidden)]
pub const ALL: &[(&str, &[(&str, &str)])] = &[
    ("approvals", approvals::ALL),
    ("audit", audit::ALL),
    ("blobs", blobs::ALL),
    ("changes", changes::ALL),
    ("encryption_keys", encryption_keys::ALL),
    ("environments", environments::ALL),
    ("idempotency_keys", idempotency_keys::ALL),
    ("installation", installation::ALL),
    ("jobs", jobs::ALL),
    ("memberships", memberships::ALL),
    ("plans", plans::ALL),
    ("projects", projects::ALL),
    ("run_log", run_log::ALL),
    ("runs", runs::ALL),
    ("sealed_tables", sealed_tables::ALL),
    ("schedules", schedules::ALL),
    ("servers", servers::ALL),
    ("stages", stages::ALL),
    ("state_inventories", state_inventories::ALL),
    ("state_locks", state_locks::ALL),
    ("state_overwrite_leaves", state_overwrite_leaves::ALL),
    ("state_retention", state_retention::ALL),
    ("states", states::ALL),
    ("ticks", ticks::ALL),
    ("tokens", tokens::ALL),
    ("users", users::ALL),
];

/// The statements that go in a batch, for the same test.
#[doc(hidden)]
pub const BATCHED: &[(&str, &[(&str, &str)])] = &[
    ("audit", audit::BATCHED),
    ("blobs", blobs::BATCHED),
    ("states", states::BATCHED),
];

/// Every table with sealed columns.
pub const SEALED: &[&crate::sealed::SealedTable] = &[
    &approvals::SEALED,
    &audit::SEALED,
    &changes::SEALED,
    &environments::SEALED,
    &idempotency_keys::SEALED,
    &memberships::SEALED,
    &plans::SEALED,
    &projects::SEALED,
    &run_log::SEALED,
    &runs::SEALED,
    &schedules::SEALED,
    &servers::SEALED,
    &stages::SEALED,
    &state_locks::LEAVES,
    &state_locks::SEALED,
    &state_locks::WAITERS,
    &states::SEALED,
    &states::VERSIONS,
    &ticks::SEALED,
    &tokens::SEALED,
    &users::SEALED,
];

/// Columns of text and bytes that are kept in clear, and why. A column that is neither here nor sealed fails a test.
/// Identifiers and whether something was deleted, times and numbers are in clear everywhere.
pub const CLEAR: &[(&str, &str, &str)] = &[
    ("approvals", "effects_digest", "a keyed digest"),
    (
        "approvals",
        "plan_digest",
        "a digest of the tool's plan file, which holds random bytes",
    ),
    ("audit_entries", "action", "a word of a fixed list"),
    (
        "audit_entries",
        "hash",
        "the audit chain, over the plain text with random identifiers in it",
    ),
    (
        "audit_entries",
        "previous_hash",
        "the audit chain, over the plain text with random identifiers in it",
    ),
    (
        "audit_heads",
        "hash",
        "the audit chain, over the plain text with random identifiers in it",
    ),
    ("audit_heads", "seal", "a keyed digest"),
    (
        "blobs",
        "content",
        "sealed by a data key, as the files of blobs are",
    ),
    ("blobs", "name", "the random name of a blob"),
    ("blobs", "place", "a word of a fixed list"),
    ("changes", "commit_id", "the identifier of a commit"),
    ("changes", "declared_class", "a word of a fixed list"),
    ("changes", "status", "a word of a fixed list"),
    (
        "encryption_keys",
        "root_fingerprint",
        "tells root keys apart, and nothing about them",
    ),
    ("encryption_keys", "wrapped", "sealed by the root key"),
    ("environments", "tier", "a word of a fixed list"),
    (
        "idempotency_keys",
        "request_hash",
        "a digest of a request that holds its random key",
    ),
    ("jobs", "exclusive_key", "the identifier of a state"),
    ("jobs", "status", "a word of a fixed list"),
    (
        "jobs",
        "worker",
        "the name of a server process, made by the server",
    ),
    ("memberships", "role", "a word of a fixed list"),
    ("plans", "class", "a word of a fixed list"),
    ("plans", "commit_id", "the identifier of a commit"),
    (
        "plans",
        "digest",
        "a digest of the tool's plan file, which holds random bytes",
    ),
    ("plans", "effects_blob", "the random name of a blob"),
    ("plans", "effects_digest", "a keyed digest"),
    ("plans", "plan_file_blob", "the random name of a blob"),
    ("plans", "tool", "the tool and its version"),
    ("run_tokens", "hash", "the digest of 256 random bits"),
    ("runs", "kind", "a word of a fixed list"),
    ("runs", "status", "a word of a fixed list"),
    ("installation", "name", "a word of a fixed list"),
    ("installation", "value", "a random identifier"),
    ("schedules", "name", "a word of a fixed list"),
    ("schedules", "subject", "the identifier of a backup"),
    ("sealed_tables", "table_name", "the name of a table"),
    (
        "servers",
        "root_fingerprint",
        "tells root keys apart, and nothing about them",
    ),
    ("stages", "status", "a word of a fixed list"),
    (
        "state_inventories",
        "content",
        "sealed by the use case that writes it",
    ),
    ("state_inventories", "digest", "a keyed digest"),
    ("state_versions", "origin", "a word of a fixed list"),
    ("state_words", "word", "a keyed digest"),
    ("state_versions", "blob", "the random name of a blob"),
    (
        "state_versions",
        "md5",
        "the digest of a state, which holds its random lineage, which is sealed",
    ),
    ("tokens", "hash", "the digest of 256 random bits"),
];
