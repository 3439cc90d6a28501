//! `lockkeeper change propose`.

use clap::Args;
use lockkeeper_api::types::change::NewChange;
use lockkeeper_api::types::plan::RiskClass;

use super::{show, wait};
use crate::cli::{CLASSES, one_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper change propose`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper change propose --stack network --ref my-branch --title \"Add Redis\" --why \"PROJ-456\"
  lockkeeper change propose --stack network --ref 3f2c1ab --title \"Fix\" --environment staging --no-wait

The exit code is 1 when a plan could not be made.")]
pub(crate) struct Arguments {
    /// The stack that it alters
    #[arg(long)]
    stack: String,
    /// The branch, tag or commit to carry out
    #[arg(long = "ref", value_name = "REF")]
    reference: String,
    /// One line
    #[arg(long)]
    title: String,
    /// Why, with the ticket
    #[arg(long, default_value = "", hide_default_value = true)]
    why: String,
    /// A class higher than the computed one, if you know better
    #[arg(long, value_name = "CLASS", value_parser = one_of::<RiskClass>(CLASSES))]
    class: Option<RiskClass>,
    /// How to go back, in words; the stack's own text when absent
    #[arg(long, value_name = "TEXT")]
    rollback: Option<String>,
    /// An environment to go through, may be repeated; all that the stack has a folder for when absent
    #[arg(long = "environment", value_name = "ENVIRONMENT")]
    environments: Vec<String>,
    /// Do not wait for the plans
    #[arg(long)]
    no_wait: bool,
}

impl Arguments {
    /// A proposal of a commit in all environments of the stack.
    pub(crate) fn of(stack: String, reference: String, title: String) -> Self {
        Self {
            stack,
            reference,
            title,
            why: String::new(),
            class: None,
            rollback: None,
            environments: Vec::new(),
            no_wait: false,
        }
    }
}

/// Proposes the change, waits for its plans, and shows it.
///
/// # Errors
/// When the server refuses: no such stack or commit, say.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let no_wait = arguments.no_wait;
    let new = NewChange {
        stack: arguments.stack,
        reference: arguments.reference,
        title: arguments.title,
        why: arguments.why,
        declared_class: arguments.class,
        rollback: arguments.rollback,
        environments: arguments.environments,
    };
    let mut change = client.propose_change(&project, &new, &new_key()?).await?;
    session.console.note(&format!(
        "proposed {} in {}",
        escape::line(&change.key),
        escape::line(&project)
    ))?;
    if no_wait {
        show::print_briefly(session, &change)?;
        return Ok(Exit::Success);
    }
    change = wait::until_planned(session, &client, &project, change).await?;
    show::print_planned(session, &change)?;
    Ok(wait::exit(&change))
}
