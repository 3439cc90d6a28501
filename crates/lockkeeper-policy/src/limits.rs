//! What policies may use. Everything beyond is refused, and a refusal shuts the gate.
//!
//! The time limit is looked at between the statements of a policy. A single call of a function is not
//! interrupted; the functions that could make much out of little (`numbers.range`, `net.cidr_expand`,
//! `replace`, `sprintf` and the like) refuse to, and the caller gets its answer in time even when the
//! policy goes on. Memory is not counted: a policy that builds large values can use what the time limit
//! lets it fill. Policies come from the default branch, so whoever may merge there is trusted that far.

use std::time::Duration;

/// How long one evaluation, and one test, may take.
pub const TIME: Duration = Duration::from_secs(5);
/// How much longer a caller waits for a call that cannot be interrupted.
pub const GRACE: Duration = Duration::from_secs(1);
/// How many files a set may have.
pub const FILES: usize = 1_000;
/// How large one file of Rego may be, in bytes.
pub const POLICY_BYTES: usize = 1024 * 1024;
/// How large one file of data may be, in bytes.
pub const DOCUMENT_BYTES: usize = 8 * 1024 * 1024;
/// How large a plan may be, in bytes: while it is looked at, it takes about eight times as much memory.
pub const INPUT_BYTES: usize = 256 * 1024 * 1024;
/// How many rules a set may have.
pub const RULES: usize = 5_000;
/// How deep brackets may be nested in a file of Rego.
pub(crate) const NESTING: usize = 32;
/// How many operators may stand in one expression.
pub(crate) const CHAIN: usize = 256;
/// How many rules may depend on each other in a row.
pub(crate) const DEPENDENCIES: usize = 100;
/// How much work parsing a set may be, in tokens times what their nesting costs: the parser reads what
/// is nested twice at every level.
pub(crate) const PARSING: u64 = 1 << 23;
/// How many findings are kept of one evaluation; more are counted.
pub const FINDINGS: usize = 500;
/// How long the text of a finding may be, in characters; the rest is cut off.
pub const MESSAGE: usize = 4_000;
/// How many values the answer of one rule may hold.
pub(crate) const VALUES: usize = 100_000;
/// The stack of a thread that parses or evaluates, in bytes: both go down as deep as policies nest.
pub(crate) const STACK: usize = 256 * 1024 * 1024;
