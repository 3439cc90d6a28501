//! `lockkeeper completion`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The arguments of `lockkeeper completion`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper completion bash
  lockkeeper completion zsh")]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// When the output cannot be written.
pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "lockkeeper", &mut script);
    session.console.bytes(&script)?;
    Ok(Exit::Success)
}
