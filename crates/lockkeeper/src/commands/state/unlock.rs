//! `lockkeeper state unlock`.

use std::io::{BufRead, IsTerminal};

use clap::Args;
use lockkeeper_api::client::{Client, collect};
use lockkeeper_api::types::state::StateLockView;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{escape, words};
use crate::session::Session;

/// The arguments of `lockkeeper state unlock`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state unlock production network
  lockkeeper state unlock production network --yes

Only when whoever holds the lock is certainly gone: two who write at once lose each other's work. It is \
recorded in the audit log.")]
pub(crate) struct Arguments {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Takes the lock.
///
/// # Errors
/// When nobody holds it, the person thinks again, or the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments {
        environment,
        stack,
        yes,
    } = arguments;
    let Some(lock) = holder(&client, &project, &environment, &stack).await? else {
        let detail = format!("nobody holds the lock of {stack} in {environment}");
        return Err(Failure::new(
            Exit::NotFound,
            "not-locked",
            "There is no lock",
            escape::line(&detail),
        ));
    };
    let since = words::exact_time(&lock.since);
    let text = format!(
        "{stack} in {environment} is locked by {} ({}) for {} since {since}",
        lock.user, lock.who, lock.operation
    );
    session.console.note(&escape::line(&text))?;
    if !yes && !confirm(session)? {
        return Err(Failure::new(
            Exit::Failure,
            "not-confirmed",
            "Not confirmed",
            "the lock stays as it is",
        ));
    }
    client.force_unlock(&project, &environment, &stack).await?;
    if session.console.is_json() {
        session.console.json(&lock)?;
    }
    session.console.note("unlocked")?;
    Ok(Exit::Success)
}

async fn holder(
    client: &Client,
    project: &str,
    environment: &str,
    stack: &str,
) -> Result<Option<StateLockView>, Failure> {
    let states = collect(usize::MAX, async |page| client.states(project, &page).await)
        .await?
        .items;
    let state = states
        .into_iter()
        .find(|state| state.environment == environment && state.stack == stack);
    Ok(state.and_then(|state| state.lock))
}

fn confirm(session: &mut Session) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(
            Failure::usage("taking a lock needs a yes, and there is nobody to ask")
                .with_hint("say --yes when whoever holds the lock is certainly gone"),
        );
    }
    session
        .console
        .note_piece("take the lock from them? type yes: ")?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
