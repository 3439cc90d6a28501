//! `make demo`: the main job from end to end, with the real server, the real command line and the real
//! Terraform, in a folder of its own. It types what a person would type, and shows what they would see.
#![allow(clippy::print_stdout, reason = "a command for people at a terminal")]

mod actor;
mod site;
mod story;
mod table;

use std::path::Path;

use crate::command::{self, CommandError};
use crate::server::ServerError;
use crate::shop::ShopError;
use crate::tools;

/// Why the demonstration did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Something that it needs is missing.
    #[error("{0}")]
    Missing(String),
    /// A command ended otherwise than it should.
    #[error("`{command}` ended with exit code {found}, where {expected} was expected")]
    Unexpected {
        /// What was typed.
        command: String,
        /// The exit code that was expected.
        expected: i32,
        /// The exit code that came.
        found: i32,
    },
    /// The result is not what the story tells.
    #[error("{0}")]
    Story(String),
    /// A program could not be run.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The server could not be started.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The example repository could not be made.
    #[error(transparent)]
    Shop(#[from] ShopError),
    /// A file or a socket failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Runs the demonstration; its folder is `target/demo`, made anew each time and named at the end.
///
/// # Errors
/// [`DemoError`] at the first step that does not go as told.
pub fn run(workspace: &Path) -> Result<(), DemoError> {
    let tool = tools::terraform().ok_or_else(|| DemoError::Missing(tools::NO_TERRAFORM.to_owned()))?;
    println!("Building Lockkeeper (the first time takes some minutes) ...");
    command::watched(
        workspace,
        "cargo",
        &["build", "--locked", "--package", "lockkeeper"],
    )?;
    let folder = workspace.join("target/demo");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(folder.join("site"))?;
    story::tell(workspace, &folder, tool)?;
    println!(
        "\nLeft behind: {} (remove it whenever you like).",
        folder.display()
    );
    println!("Next: the README's quick start does the same on your own repository.");
    Ok(())
}
