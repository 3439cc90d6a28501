//! One file for each table: its rows, and every statement about it.

pub mod approvals;
pub mod audit;
pub mod blobs;
pub mod changes;
pub mod encryption_keys;
pub mod environments;
pub mod idempotency_keys;
pub mod jobs;
pub mod memberships;
pub mod plans;
pub mod projects;
pub mod run_log;
pub mod runs;
pub mod sealed_tables;
pub mod stages;
pub mod state_inventories;
pub mod state_locks;
pub mod state_overwrite_leaves;
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
    ("jobs", jobs::ALL),
    ("memberships", memberships::ALL),
    ("plans", plans::ALL),
    ("projects", projects::ALL),
    ("run_log", run_log::ALL),
    ("runs", runs::ALL),
    ("sealed_tables", sealed_tables::ALL),
    ("stages", stages::ALL),
    ("state_inventories", state_inventories::ALL),
    ("state_locks", state_locks::ALL),
    ("state_overwrite_leaves", state_overwrite_leaves::ALL),
    ("states", states::ALL),
    ("ticks", ticks::ALL),
    ("tokens", tokens::ALL),
    ("users", users::ALL),
];
