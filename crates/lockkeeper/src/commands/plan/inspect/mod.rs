//! `lockkeeper plan inspect`.

mod input;
mod report;
mod text;

use std::mem::ManuallyDrop;
use std::path::PathBuf;

use clap::Args;
use lockkeeper_plan::reader::ReadError;
use lockkeeper_plan::render::{MarkdownOptions, PlanView, RenderOptions, markdown, terminal};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use report::Report;

/// The arguments of `lockkeeper plan inspect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  terraform show -json tfplan > plan.json && lockkeeper plan inspect plan.json
  terraform show -json tfplan | lockkeeper plan inspect -
  lockkeeper plan inspect plan.json --json
  lockkeeper plan inspect plan.json --markdown --full > comment.md
  lockkeeper plan inspect plan.json --prices our-prices.toml --sarif findings.sarif

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
    /// A price book of your own, which wins over the built-in one (docs/cost.md)
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// The JSON of Infracost, to be read instead of estimating
    #[arg(long, value_name = "FILE", conflicts_with = "prices")]
    infracost: Option<PathBuf>,
    /// Write the findings to a file in SARIF 2.1.0, too
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
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
    // The process ends behind this: to give back every value of a large plan by itself takes time for nothing.
    let report = ManuallyDrop::new(Report::of(input::open(&arguments.file)?, arguments)?);
    if let Some(file) = &arguments.sarif {
        report.write_sarif(file)?;
    }
    if session.console.is_json() {
        session.console.json(&*report)?;
        return Ok(Exit::Success);
    }
    let view = PlanView::of(&report.inspection);
    let full = arguments.full;
    let text = if arguments.markdown {
        let extra = text::markdown(&report);
        let options = MarkdownOptions {
            full,
            ..MarkdownOptions::default()
        };
        let options = MarkdownOptions {
            limit: options.limit.saturating_sub(extra.len()),
            ..options
        };
        markdown(&view, &options) + &extra
    } else {
        let width = session.console.width();
        let options = RenderOptions {
            width,
            colour: true,
            full,
        };
        terminal(&view, options) + &text::terminal(&report, full, width)
    };
    session.console.data(&text)?;
    Ok(Exit::Success)
}

fn refusal(error: &ReadError) -> Failure {
    let kind = format!("plan-{}", error.code());
    Failure::new(Exit::Usage, &kind, "The input is no plan", error.to_string())
}
