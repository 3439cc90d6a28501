//! `lockkeeper change apply`.

use clap::Args;
use lockkeeper_api::types::change::ApplyRequest;
use lockkeeper_api::types::run::RunView;

use crate::commands::run::follow::{self, Into};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{escape, run, words};
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper change apply`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper change apply INFRA-1 --environment staging --follow
  lockkeeper change apply INFRA-1 --environment production --at \"next window\"
  lockkeeper change apply INFRA-1 --environment production --at 2026-11-28T02:00:00+01:00

What was approved is what is applied, or nothing. The exit code is 5 when a gate is shut, and with --follow \
1 when the run failed.")]
pub(crate) struct Arguments {
    /// The change
    key: String,
    /// The environment
    #[arg(long)]
    environment: String,
    /// When: now, "next window", or a time such as 2026-11-28T02:00:00+01:00
    #[arg(long, value_name = "WHEN")]
    at: Option<String>,
    /// Print the log to its end, then the outcome
    #[arg(long, short)]
    follow: bool,
}

/// Starts or schedules the apply.
///
/// # Errors
/// When a gate is shut, with the gates; when the server goes away for long.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments {
        key,
        environment,
        at,
        follow,
    } = arguments;
    let request = ApplyRequest { environment, at };
    let started = client.apply_change(&project, &key, &request, &new_key()?).await?;
    session.console.note(&announcement(&started))?;
    if !follow {
        print(session, &started)?;
        return Ok(Exit::Success);
    }
    let ended = follow::to_the_end(session, &client, &project, &started.id, Into::Notes).await?;
    print(session, &ended)?;
    Ok(follow::exit(&ended))
}

fn announcement(run: &RunView) -> String {
    let (change, environment, id) = (&run.change, &run.environment, &run.id);
    let text = match run.scheduled_at.as_deref().map(words::time) {
        None => format!("applying {change} in {environment} as run {id}"),
        Some(time) => format!("scheduled {change} in {environment} for {time} as run {id}"),
    };
    escape::line(&text).into_owned()
}

fn print(session: &mut Session, found: &RunView) -> Result<(), Failure> {
    if session.console.is_json() {
        return session.console.json(found);
    }
    let text = run::render(found, session.console.width());
    session.console.data(&text)
}
