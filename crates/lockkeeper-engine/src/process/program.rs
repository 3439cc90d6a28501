//! Starts a child.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Child;

use super::{Command, ProcessError, interrupts};

/// How to install a program, as the end of a sentence.
pub fn install_hint(program: &str) -> String {
    let name = Path::new(program)
        .file_name()
        .map_or_else(|| program.into(), |name| name.to_string_lossy());
    match &*name {
        "git" => "install it with `apt-get install git`".to_owned(),
        "terraform" => {
            "install it from https://developer.hashicorp.com/terraform/install, or name another tool in the \
             server's configuration"
                .to_owned()
        }
        "tofu" => {
            "install it from https://opentofu.org/docs/intro/install, or name another tool in the server's \
             configuration"
                .to_owned()
        }
        _ => "install it, or check the path and that it is executable".to_owned(),
    }
}

/// Starts the child in a process group of its own, with the two streams given and no input.
pub(super) fn spawn(command: &Command, stdout: Stdio, stderr: Stdio) -> Result<Child, ProcessError> {
    start(
        command,
        prepared(command)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .process_group(0),
    )
}

/// Starts the child with the streams of this process. `at_terminal`: in the group of this process, which
/// alone may read from the terminal.
pub(super) fn spawn_attended(command: &Command, at_terminal: bool) -> Result<Child, ProcessError> {
    let mut child = prepared(command);
    if !at_terminal {
        child.process_group(0);
    }
    start(command, &mut child)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place in which a child is started"
)]
fn prepared(command: &Command) -> tokio::process::Command {
    let mut child = tokio::process::Command::new(&command.program);
    child
        .args(&command.arguments)
        .current_dir(&command.directory)
        .env_clear()
        .envs(&command.environment);
    child
}

fn start(command: &Command, child: &mut tokio::process::Command) -> Result<Child, ProcessError> {
    let program = command.program.to_string_lossy().into_owned();
    if !command.directory.is_dir() {
        let what = format!("cannot start `{program}` in {}", command.directory.display());
        return Err(ProcessError::Io {
            what,
            source: ErrorKind::NotADirectory.into(),
        });
    }
    interrupts::let_children_hear();
    child.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            let hint = install_hint(&program);
            ProcessError::MissingProgram { program, hint }
        }
        _ => ProcessError::Io {
            what: format!("cannot start `{program}`"),
            source: error,
        },
    })
}
