//! `lockkeeper change propose`.

use clap::Args;
use lockkeeper_api::types::change::{ChangeView, NewChange};
use lockkeeper_api::types::plan::RiskClass;

use super::{show, wait};
use crate::cli::{CLASSES, one_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{escape, words};
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper change propose`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper change propose --stack network --ref my-branch --title \"Add Redis\" --why \"PROJ-456\"
  lockkeeper change propose --stack network --ref 3f2c1ab --title \"Fix\" --no-wait

While a change that carries the same commit through these environments is open, that one is shown instead. The exit \
code is 1 when a plan could not be made.")]
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
    /// Propose it although an open change carries the same commit
    #[arg(long)]
    again: bool,
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
            again: false,
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
        again: arguments.again,
    };
    let proposed = client.propose_change(&project, &new, &new_key()?).await?;
    let mut change = proposed.change;
    let said = if proposed.is_new {
        format!("proposed {} in {project}", change.key)
    } else {
        carried_already(&change)
    };
    session.console.note(&escape::line(&said))?;
    if no_wait {
        show::print_briefly(session, &change)?;
        return Ok(Exit::Success);
    }
    change = wait::until_planned(session, &client, &project, change).await?;
    show::print_planned(session, &change)?;
    Ok(wait::exit(&change))
}

/// That nothing was proposed, and what to do with what was said about it.
fn carried_already(change: &ChangeView) -> String {
    format!(
        "{key} proposes commit {} of {} already, and is open: it is shown, and nothing new is proposed. `lockkeeper change \
         edit {key}` alters its words; `lockkeeper change propose --again` proposes the commit once more",
        words::short(&change.commit),
        change.stack,
        key = change.key
    )
}
