//! The command tree.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use serde::de::DeserializeOwned;

use crate::commands::{
    audit, backup, change, completion, config, doctor, environment, key, login, member, plan, policy,
    project, repository, run, serve, stack, state, tf, token, user, whoami,
};

/// Carries infrastructure changes from a commit through staging to production, and opens no gate before
/// the evidence is there.
#[derive(Debug, Parser)]
#[command(name = "lockkeeper", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Examples:
  lockkeeper serve
  lockkeeper change propose --stack network --ref my-branch --title \"Add Redis for caching\"
  lockkeeper change show INFRA-1
  lockkeeper plan inspect plan.json

Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 not found, 4 not allowed, 5 a gate is shut or a \
conflict, 6 the server cannot be reached, 130 interrupted.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalOptions {
    /// The server's address; the one of the last login, or http://127.0.0.1:7070, when absent
    #[arg(
        long,
        global = true,
        value_name = "ADDRESS",
        env = "LOCKKEEPER_ADDRESS",
        hide_env_values = true
    )]
    pub(crate) address: Option<String>,
    /// The project; the only one there is when absent
    #[arg(
        long,
        global = true,
        value_name = "PROJECT",
        env = "LOCKKEEPER_PROJECT",
        hide_env_values = true
    )]
    pub(crate) project: Option<String>,
    /// Print JSON on standard output, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the server
    Serve(serve::ServeArguments),
    /// Store an address and a token for later commands
    Login(login::Arguments),
    /// Say who you are on the server, and which roles you hold
    Whoami(whoami::Arguments),
    /// Propose changes, and carry them through their gates
    #[command(
        subcommand,
        after_help = "Examples:\n  lockkeeper change show INFRA-1\n  lockkeeper change approve INFRA-1 --role devops-lead"
    )]
    Change(change::Command),
    /// Look at runs, follow their logs, stop them
    #[command(subcommand, after_help = "Examples:\n  lockkeeper run list --change INFRA-1")]
    Run(run::Command),
    /// Projects: a repository, its environments, its people
    #[command(
        subcommand,
        after_help = "Examples:\n  lockkeeper project create shop --repository ./infra"
    )]
    Project(project::Command),
    /// The environments that a project's changes go through
    #[command(subcommand, after_help = "Examples:\n  lockkeeper environment list")]
    Environment(environment::Command),
    /// The stacks that a project's repository declares
    #[command(subcommand, after_help = "Examples:\n  lockkeeper stack list")]
    Stack(stack::Command),
    /// Who holds which role in a project
    #[command(subcommand, after_help = "Examples:\n  lockkeeper member grant ada author")]
    Member(member::Command),
    /// The people and service accounts of the server
    #[command(subcommand, after_help = "Examples:\n  lockkeeper user create ada")]
    User(user::Command),
    /// API tokens
    #[command(
        subcommand,
        after_help = "Examples:\n  lockkeeper token create --label laptop"
    )]
    Token(token::Command),
    /// Terraform states: versions and locks
    #[command(
        subcommand,
        after_help = "Examples:\n  lockkeeper state versions production network"
    )]
    State(state::Command),
    /// The audit log of a project
    #[command(subcommand, after_help = "Examples:\n  lockkeeper audit verify")]
    Audit(audit::Command),
    /// Read plans of Terraform and OpenTofu, without a server
    #[command(subcommand, after_help = "Examples:\n  lockkeeper plan inspect plan.json")]
    Plan(plan::Command),
    /// Try policies written in Rego, without a server
    #[command(
        subcommand,
        after_help = "Examples:\n  lockkeeper policy test\n  lockkeeper policy check plan.json"
    )]
    Policy(policy::Command),
    /// Check configuration files, without a server
    #[command(subcommand, after_help = "Examples:\n  lockkeeper config check")]
    Config(config::Command),
    /// Write what a repository needs: its configuration, the stacks that are found, lines for Git
    Init(repository::init::Arguments),
    /// Renew what `init` generated, and show the difference
    UpgradeRepository(repository::upgrade::Arguments),
    /// Run Terraform or OpenTofu on the stack of this folder, with its state in Lockkeeper
    Tf(tf::Arguments),
    /// Backups of a server, made, listed, verified and restored on its own machine
    #[command(
        subcommand,
        after_help = "Examples:\n  lockkeeper backup create\n  lockkeeper backup drill"
    )]
    Backup(backup::Command),
    /// The keys that seal the data of a server, on its own machine
    #[command(
        subcommand,
        after_help = "Examples:\n  lockkeeper key list\n  lockkeeper key rotate"
    )]
    Key(key::Command),
    /// Look a server over on its own machine: what is encrypted with what, and what is wrong
    Doctor(doctor::Arguments),
    /// Print the completion script of a shell
    Completion(completion::Arguments),
}

/// How much of a list to print.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ListLimit {
    /// How many items to print at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

impl ListLimit {
    /// How many items.
    pub(crate) fn count(self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }
}

/// Reads one of the names that a wire type has.
pub(crate) fn one_of<T>(names: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names)
        .try_map(|name| serde_json::from_value::<T>(serde_json::Value::String(name)))
}

/// The names of `RiskClass`.
pub(crate) const CLASSES: &[&str] = &["low", "medium", "high"];
/// The names of `Tier`.
pub(crate) const TIERS: &[&str] = &["development", "test", "staging", "production", "technical"];
/// The names of `RoleName`.
pub(crate) const ROLES: &[&str] = &["viewer", "author", "reviewer", "operator", "admin"];
/// The names of `ChangeStatus`.
pub(crate) const CHANGE_STATUSES: &[&str] = &["open", "verified", "closed", "cancelled", "rolled-back"];

#[cfg(test)]
mod tests;
