//! `lockkeeper policy check`.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use lockkeeper_config::project::PoliciesConfig;
use lockkeeper_policy::{Asked, POLICY_FOLDER, PolicyInput, PolicyOutcome};
use serde::Serialize;

use super::folder::PolicyFolder;
use super::report;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The arguments of `lockkeeper policy check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper policy check plan.json
  terraform show -json tfplan | lockkeeper policy check -
  lockkeeper policy check plan.json --policy ../infra --json
  lockkeeper policy check plan.json --namespace main --decision terraform/analysis/authz

The input is what terraform show -json writes; sensitive values are taken out before a policy sees them. The exit \
code is 1 when the plan is denied or a policy fails, and 2 when the input is no plan.")]
pub(crate) struct Arguments {
    /// The plan; `-` for standard input
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// The folder of the policies, or of the repository
    #[arg(long, value_name = "DIR", default_value = POLICY_FOLDER)]
    policy: PathBuf,
    /// A package whose rules are asked, those of the project file or main when absent; can be repeated
    #[arg(long, value_name = "PACKAGE", conflicts_with = "all_namespaces")]
    namespace: Vec<String>,
    /// Ask the rules of every package
    #[arg(long)]
    all_namespaces: bool,
    /// A rule that must be true, such as terraform/analysis/authz; can be repeated
    #[arg(long, value_name = "RULE")]
    decision: Vec<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    open: bool,
    folder: String,
    #[serde(flatten)]
    outcome: &'a PolicyOutcome,
}

/// Asks the policies.
///
/// # Errors
/// When there are no policies, the input is no plan, or a policy fails. A plan that is denied is no error,
/// but an exit code.
pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let Some(policies) = PolicyFolder::read(&arguments.policy, session)? else {
        return Ok(Exit::Failure);
    };
    let input = PolicyInput::of_plan(&read(&arguments.plan)?).map_err(|error| {
        Failure::new(
            Exit::Usage,
            &format!("plan-{}", error.code()),
            "The input is no plan",
            error.to_string(),
        )
    })?;
    let asked = asked(arguments, policies.settings()?);
    let answer = policies.set.evaluate(&input, &asked);
    let outcome = answer.map_err(|error| {
        Failure::new(
            Exit::Failure,
            &format!("policy-{}", error.code()),
            "A policy gave no answer",
            error.to_string(),
        )
        .with_hint(
            "a policy that gives no answer shuts the gate: mend it, and try it with `lockkeeper policy test`",
        )
    })?;
    tell(&policies, &outcome, session)?;
    Ok(if outcome.is_open() {
        Exit::Success
    } else {
        Exit::Failure
    })
}

/// What the options say, and the project file where they say nothing.
fn asked(arguments: &Arguments, settings: PoliciesConfig) -> Asked {
    let or_settings = |named: &[String], settings: Vec<String>| match named {
        [] => settings,
        named => named.to_vec(),
    };
    let namespaces = match arguments.all_namespaces {
        true => vec!["*".to_owned()],
        false => or_settings(&arguments.namespace, settings.namespaces),
    };
    Asked::of(&namespaces, &or_settings(&arguments.decision, settings.decisions))
}

fn tell(policies: &PolicyFolder, outcome: &PolicyOutcome, session: &mut Session) -> Result<(), Failure> {
    let folder = &policies.folder;
    if session.console.is_json() {
        return session.console.json(&Answer {
            open: outcome.is_open(),
            folder: folder.display().to_string(),
            outcome,
        });
    }
    let told = report::outcome(folder, outcome, session.console.width());
    session.console.data(&told)?;
    session.console.note(&report::verdict(outcome))?;
    if outcome.rules == 0 {
        let there = policies.set.namespaces().join(", ");
        let text = format!(
            "no rule was asked: the packages are {there}; ask them with --namespace or --all-namespaces"
        );
        session.console.note(&text)?;
    }
    Ok(())
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
