//! `lockkeeper plan inspect`.

use std::path::PathBuf;

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The arguments of `lockkeeper plan inspect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  terraform show -json tfplan > plan.json && lockkeeper plan inspect plan.json
  terraform show -json tfplan | lockkeeper plan inspect -
  lockkeeper plan inspect plan.json --json")]
pub(crate) struct Arguments {
    /// The file; `-` for standard input
    file: PathBuf,
    /// Print Markdown, for a comment on a pull request
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print every attribute that changes
    #[arg(long)]
    full: bool,
}

/// Reads the plan.
///
/// # Errors
/// When it is no plan.
pub(crate) fn run(arguments: &Arguments, _session: &mut Session) -> Result<Exit, Failure> {
    Err(Failure::usage(format!(
        "cannot read {} yet ({})",
        arguments.file.display(),
        arguments.markdown && arguments.full
    )))
}
