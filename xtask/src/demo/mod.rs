//! `make demo`: the main job from end to end, with the real server, the real command line and the real
//! Terraform, in a folder of its own. It types what a person would type, and shows what they would see.
#![allow(clippy::print_stdout, reason = "a command for people at a terminal")]

mod actor;
mod server;
mod site;
mod story;
mod table;

use std::path::{Path, PathBuf};

use crate::command::{self, CommandError};
use crate::shop::ShopError;

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
    let tool = terraform()?;
    println!("Building Lockkeeper (the first time takes a few minutes) ...");
    command::output(
        workspace,
        "cargo",
        &["build", "--quiet", "--locked", "--package", "lockkeeper"],
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

/// `terraform` or `tofu`, whichever is installed.
fn terraform() -> Result<&'static str, DemoError> {
    let installed = |program: &&str| on_path(program).is_some();
    ["terraform", "tofu"].into_iter().find(installed).ok_or_else(|| {
        let text =
            "neither terraform nor tofu is on the PATH: install one of them, then type `make demo` again";
        DemoError::Missing(text.to_owned())
    })
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
