//! `cargo run -p xtask -- TASK`. `make` knows every task.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for people at a terminal"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str =
    "usage: cargo run -p xtask -- tidy | demo | screens | bench [PART...] | generate-plan BYTES FILE";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["tidy"] => tidy(&root()),
        ["demo"] => finish(xtask::demo::run(&root())),
        ["screens"] => finish(xtask::screens::run(&root())),
        ["bench", parts @ ..] => finish(xtask::bench::run(&root(), parts)),
        // The plan of the benchmark, to look at what a reader spends its time on.
        ["generate-plan", bytes, file] => finish(xtask::bench::generate_plan(bytes, Path::new(file))),
        // What the benchmark starts, each in a process of its own.
        ["measured", words @ ..] => finish(xtask::bench::measure_children(words)),
        ["parse", kind, file] => finish(xtask::bench::parse(kind, Path::new(file))),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// The root of the workspace, which is the folder above this crate's.
fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

fn finish(result: Result<(), impl std::fmt::Display>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn tidy(root: &Path) -> ExitCode {
    match xtask::tidy::check(root) {
        Ok(findings) if findings.is_empty() => {
            println!("tidy ok");
            ExitCode::SUCCESS
        }
        Ok(findings) => {
            for finding in &findings {
                eprintln!("{finding}");
            }
            eprintln!("tidy found {} to mend", findings.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
