//! The one place where tasks start other programs.

use std::path::Path;
use std::process::Command;

/// A program that could not be started, or that failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The program is not there, or cannot be started.
    #[error("cannot start {program}: {source}")]
    Start {
        /// The program.
        program: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The program ended with an exit code other than 0.
    #[error("{command} failed: {stderr}")]
    Failed {
        /// The program and its arguments.
        command: String,
        /// What it said on standard error, or on standard output when that is empty.
        stderr: String,
    },
}

/// Runs a program in the folder and answers its standard output.
///
/// # Errors
/// [`CommandError`] when the program cannot be started or ends with another exit code than 0.
pub fn output(folder: &Path, program: &str, arguments: &[&str]) -> Result<String, CommandError> {
    output_with(folder, program, arguments, &[])
}

/// Runs a program in the folder, for somebody who watches what it says.
///
/// # Errors
/// As [`output`].
pub fn watched(folder: &Path, program: &str, arguments: &[&str]) -> Result<(), CommandError> {
    let status = prepare(folder, program, arguments, &[])
        .status()
        .map_err(|source| CommandError::Start {
            program: program.to_owned(),
            source,
        })?;
    match status.success() {
        true => Ok(()),
        false => Err(CommandError::Failed {
            command: format!("{program} {}", arguments.join(" ")),
            stderr: "see above".to_owned(),
        }),
    }
}

/// Runs a program in the folder, with environment variables besides those that are set.
///
/// # Errors
/// As [`output`].
pub fn output_with(
    folder: &Path,
    program: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<String, CommandError> {
    let result = prepare(folder, program, arguments, environment)
        .output()
        .map_err(|source| CommandError::Start {
            program: program.to_owned(),
            source,
        })?;
    let stdout = String::from_utf8_lossy(&result.stdout).into_owned();
    if result.status.success() {
        return Ok(stdout);
    }
    let stderr = String::from_utf8_lossy(&result.stderr).into_owned();
    Err(CommandError::Failed {
        command: format!("{program} {}", arguments.join(" ")),
        stderr: if stderr.trim().is_empty() { stdout } else { stderr },
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "a task is no engine: it runs in the developer's own shell"
)]
fn prepare(folder: &Path, program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .args(arguments)
        .envs(environment.iter().copied());
    command
}
