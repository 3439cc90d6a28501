//! `lockkeeper plan inspect`.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use lockkeeper_plan::inspect::inspect;
use lockkeeper_plan::reader::ReadError;
use lockkeeper_plan::render::{MarkdownOptions, PlanView, RenderOptions, markdown, terminal};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The arguments of `lockkeeper plan inspect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  terraform show -json tfplan > plan.json && lockkeeper plan inspect plan.json
  terraform show -json tfplan | lockkeeper plan inspect -
  lockkeeper plan inspect plan.json --json
  lockkeeper plan inspect plan.json --markdown --full > comment.md

Sensitive values are taken out before anything is printed. The exit code is 2 when the input is no plan.")]
pub(crate) struct Arguments {
    /// The file; `-` for standard input
    file: PathBuf,
    /// Print Markdown that fits into a comment on a pull request
    #[arg(long)]
    markdown: bool,
    /// Print every resource, and every attribute that changes
    #[arg(long)]
    full: bool,
}

/// Reads the plan, and prints what it does.
///
/// # Errors
/// When it is no plan.
pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    if arguments.markdown && session.console.is_json() {
        return Err(Failure::usage(
            "--json and --markdown exclude each other: say one of them",
        ));
    }
    let bytes = read(&arguments.file)?;
    let found = inspect(&bytes).map_err(|error| refusal(&error))?;
    if session.console.is_json() {
        session.console.json(&found)?;
        return Ok(Exit::Success);
    }
    let view = PlanView::of(&found);
    let full = arguments.full;
    let text = if arguments.markdown {
        markdown(
            &view,
            &MarkdownOptions {
                full,
                ..MarkdownOptions::default()
            },
        )
    } else {
        terminal(
            &view,
            RenderOptions {
                width: session.console.width(),
                colour: true,
                full,
            },
        )
    };
    session.console.data(&text)?;
    Ok(Exit::Success)
}

fn refusal(error: &ReadError) -> Failure {
    Failure::new(
        Exit::Usage,
        &format!("plan-{}", error.code()),
        "The input is no plan",
        error.to_string(),
    )
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path != Path::new("-") {
        return std::fs::read(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                let detail = format!("there is no file {}", path.display());
                Failure::new(Exit::NotFound, "no-file", "There is no such file", detail)
            }
            _ => Failure::file("read", path, &error),
        });
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}
