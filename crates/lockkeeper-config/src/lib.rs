//! The two files that configure Lockkeeper: `lockkeeper.toml` for the server, and
//! `.lockkeeper/project.toml` in each infrastructure repository.
//!
//! Parsing is pure: text comes in, and either a configuration or every mistake in the text comes out,
//! each with its place and what to do. Nothing is read from disk or from the process's environment.

mod problem;
pub mod project;
mod reading;
pub mod server;

pub use problem::{ConfigProblem, ConfigProblems};
pub use project::ProjectConfig;
pub use server::ServerConfig;

/// Where a repository keeps its configuration, from its root.
pub const PROJECT_FILE: &str = ".lockkeeper/project.toml";

/// The longest configuration that is read, in bytes.
pub const MAX_CONFIG_BYTES: usize = 1024 * 1024;
