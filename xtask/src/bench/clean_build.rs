//! How long the program takes to build from nothing.

use std::time::Instant;

use super::report;
use super::{Bench, BenchError};
use crate::command;

const VARIABLE: &str = "CLEAN_BUILD";
const NAME: &str = "clean build";

pub(super) fn run(bench: &Bench) -> Result<(), BenchError> {
    if std::env::var(VARIABLE).as_deref() != Ok("1") {
        report::line(
            NAME,
            "takes minutes, so only when asked for: make bench CLEAN_BUILD=1",
        );
        return Ok(());
    }
    let target = bench.room("clean-build")?.display().to_string();
    // What was fetched is there already: a build from nothing is about the compiler.
    command::output(&bench.workspace, "cargo", &["fetch", "--quiet", "--locked"])?;
    let begun = Instant::now();
    let arguments = [
        "build",
        "--quiet",
        "--locked",
        "--offline",
        "--package",
        "lockkeeper",
        "--target-dir",
        &target,
    ];
    command::output(&bench.workspace, "cargo", &arguments)?;
    report::line(
        NAME,
        &format!("{:.0} s, dev profile", begun.elapsed().as_secs_f64()),
    );
    Ok(())
}
