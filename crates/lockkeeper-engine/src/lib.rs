//! The contract of an engine, and the one way in which Lockkeeper starts a child process.
//!
//! An engine makes a plan, carries one out, and nothing else: risk, gates, approvals and promotion
//! are written once, over effects, and know no engine.

pub mod contract;
pub mod environment;
pub mod fake;
pub mod mask;
pub mod orphan;
pub mod process;
