//! `make bench`: Lockkeeper against its yardsticks, one line for each figure. A yardstick is measured in
//! the same run and in turns with what it is compared to, so that a busy machine harms both alike. A
//! goal that is missed is said and fails nothing: only what cannot be measured does.
#![allow(clippy::print_stdout, reason = "a command for people at a terminal")]

mod apply;
mod clean_build;
mod http;
mod lists;
mod measured;
mod memory;
mod plans;
mod report;
mod start;
mod states;
mod writes;

use std::path::{Path, PathBuf};

use crate::command::{self, CommandError};
use crate::server::{ServerError, built_program};
use crate::shop::ShopError;
use crate::tools;

pub use measured::run as measure_children;
pub use plans::{generate_plan, parse};

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// There is no such part, or the variable that asks for it is wrong.
    #[error(
        "there is no part `{0}`: choose among apply, state, writes, lists, memory, start, plan and build"
    )]
    NoSuchPart(String),
    /// A size that is no number.
    #[error("`{0}` is no number of bytes")]
    NoSize(String),
    /// A program that nothing can be measured without is missing.
    #[error("{0}")]
    Missing(String),
    /// An answer was not what it should be, so that its time says nothing.
    #[error("{0}")]
    Unexpected(String),
    /// A program failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The server did not start.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The example repository could not be made.
    #[error(transparent)]
    Shop(#[from] ShopError),
    /// A file or a socket failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// What every part is given.
struct Bench {
    workspace: PathBuf,
    /// A folder that was just made, on the disk that the project is on.
    folder: PathBuf,
    /// `target/release/lockkeeper`, just built.
    program: PathBuf,
}

impl Bench {
    /// A new folder for a part.
    fn room(&self, name: &str) -> Result<PathBuf, BenchError> {
        let room = self.folder.join(name);
        std::fs::create_dir_all(&room)?;
        Ok(room)
    }

    fn terraform(&self) -> Result<&'static str, BenchError> {
        tools::terraform().ok_or_else(|| BenchError::Missing(tools::NO_TERRAFORM.to_owned()))
    }
}

type Part = (&'static str, fn(&Bench) -> Result<(), BenchError>);

const PARTS: [Part; 8] = [
    ("apply", apply::run),
    ("state", states::run),
    ("writes", writes::run),
    ("lists", lists::run),
    ("memory", memory::run),
    ("start", start::run),
    ("plan", plans::run),
    ("build", clean_build::run),
];

/// Measures the named parts, or all of them when none is named, and prints a line for each figure. Works
/// in `target/bench`, which is made anew and removed.
///
/// # Errors
/// [`BenchError`] when something could not be measured; what comes after it is measured all the same.
pub fn run(workspace: &Path, names: &[&str]) -> Result<(), BenchError> {
    let chosen = choose(names)?;
    eprint_building();
    let arguments = [
        "build",
        "--quiet",
        "--release",
        "--locked",
        "--package",
        "lockkeeper",
    ];
    command::output(workspace, "cargo", &arguments)?;
    let bench = Bench {
        workspace: workspace.to_owned(),
        folder: workspace.join("target/bench"),
        program: built_program(workspace, "release"),
    };
    if bench.folder.exists() {
        std::fs::remove_dir_all(&bench.folder)?;
    }
    report::header();
    let mut first_failure = None;
    for (name, part) in chosen {
        if let Err(error) = part(&bench) {
            report::line(name, &format!("not measured: {error}"));
            first_failure = first_failure.or(Some(error));
        }
    }
    std::fs::remove_dir_all(&bench.folder)?;
    first_failure.map_or(Ok(()), Err)
}

fn choose(names: &[&str]) -> Result<Vec<Part>, BenchError> {
    if names.is_empty() {
        return Ok(PARTS.to_vec());
    }
    let find = |name: &&str| {
        let part = PARTS.iter().find(|(known, _)| known == name);
        part.copied()
            .ok_or_else(|| BenchError::NoSuchPart((*name).to_owned()))
    };
    names.iter().map(find).collect()
}

#[allow(clippy::print_stderr, reason = "a command for people at a terminal")]
fn eprint_building() {
    eprintln!("Building Lockkeeper for release (the first time takes some minutes) ...");
}

#[cfg(test)]
mod tests {
    use super::{PARTS, choose};

    #[test]
    fn parts_are_chosen_by_name() {
        assert_eq!(choose(&[]).unwrap().len(), PARTS.len());
        let names: Vec<&str> = choose(&["plan", "apply"])
            .unwrap()
            .iter()
            .map(|part| part.0)
            .collect();
        assert_eq!(names, ["plan", "apply"]);
        assert!(choose(&["coffee"]).is_err());
    }
}
