//! Time and memory of other programs, as the operating system accounts for them. A process of its own
//! starts them, because the peak memory that Linux tells is that of the largest child a process ever had.
#![allow(clippy::print_stdout, reason = "the parent reads it")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value, json};

use super::BenchError;
use crate::command;
use crate::tools;

/// The task of `xtask` that [`run`] is.
const TASK: &str = "measured";
/// Between the program with its arguments and the files that it is started for.
const SEPARATOR: &str = "--";

/// A program with its arguments; each file is the last argument of a start of its own.
#[derive(Debug, Clone)]
pub(super) struct Work {
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
}

impl Work {
    pub(super) fn new(program: impl Into<String>, arguments: &[&str]) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        }
    }
}

/// What it took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usage {
    /// Time on the clock, from before the first start to after the last end.
    pub(super) wall: Duration,
    /// Time on the processor.
    pub(super) processor: Duration,
    /// The most memory that one process held at once, in bytes.
    pub(super) peak: u64,
    /// How many ended with an exit code other than 0.
    pub(super) failed: u64,
}

/// Runs the program once for each file, one after the other, pinned to the last core where `taskset` is
/// installed.
pub(super) fn measure(work: &Work, files: &[&Path]) -> Result<Usage, BenchError> {
    let own = std::env::current_exe()?.display().to_string();
    let mut arguments: Vec<String> = Vec::new();
    let program = match last_core() {
        Some(core) => {
            arguments.extend(["-c".to_owned(), core.to_string(), own]);
            "taskset".to_owned()
        }
        None => own,
    };
    arguments.extend([TASK.to_owned(), work.program.clone()]);
    arguments.extend(work.arguments.iter().cloned());
    arguments.push(SEPARATOR.to_owned());
    arguments.extend(files.iter().map(|file| file.display().to_string()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = command::output(Path::new("."), &program, &arguments)?;
    read(&said).ok_or_else(|| BenchError::Unexpected(format!("no figures of {}: {said}", work.program)))
}

/// The core that programs are pinned to; none when they are not.
pub(super) fn last_core() -> Option<usize> {
    tools::on_path("taskset")?;
    let cores = std::thread::available_parallelism().ok()?;
    Some(usize::from(cores) - 1)
}

fn read(said: &str) -> Option<Usage> {
    let value: Value = serde_json::from_str(said).ok()?;
    let number = |name: &str| value.get(name).and_then(Value::as_u64);
    Some(Usage {
        wall: Duration::from_nanos(number("wall_ns")?),
        processor: Duration::from_micros(number("processor_us")?),
        peak: number("peak_bytes")?,
        failed: number("failed")?,
    })
}

/// The task `measured PROGRAM [ARGUMENT...] -- FILE...`: runs the program for each file, its output
/// thrown away, and prints what that took as JSON.
///
/// # Errors
/// [`BenchError`] when the program cannot be started.
pub fn run(words: &[&str]) -> Result<(), BenchError> {
    let end = words.iter().position(|word| *word == SEPARATOR);
    let (command, files) = words.split_at(end.unwrap_or(words.len()));
    let Some((program, arguments)) = command.split_first() else {
        return Err(BenchError::Missing(
            "usage: measured PROGRAM [ARGUMENT...] -- FILE...".to_owned(),
        ));
    };
    let begun = Instant::now();
    let mut failed = 0_u64;
    for file in files.iter().skip(1) {
        failed += u64::from(!started(program, arguments, file)?);
    }
    let wall = begun.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(std::io::Error::from)?;
    let processor = usage.user_time() + usage.system_time();
    println!(
        "{}",
        json!({
            "wall_ns": u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX),
            "processor_us": processor.tv_sec() * 1_000_000 + processor.tv_usec(),
            // Linux counts in kilobytes.
            "peak_bytes": usage.max_rss() * 1024,
            "failed": failed,
        })
    );
    Ok(())
}

#[allow(
    clippy::disallowed_methods,
    reason = "a task of the project starts the program itself"
)]
fn started(program: &str, arguments: &[&str], file: &str) -> Result<bool, BenchError> {
    let status = Command::new(program)
        .args(arguments)
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    Ok(status.success())
}
