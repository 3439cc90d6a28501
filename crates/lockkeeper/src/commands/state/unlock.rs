//! `lockkeeper state unlock`.

use clap::Args;

use super::confirm;
use super::show::lock_in_words;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// The arguments of `lockkeeper state unlock`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state unlock production network
  lockkeeper state unlock production network --yes --reason \"the laptop was stolen\"

Only when whoever holds the lock is certainly gone: two who write at once lose each other's work. It is \
recorded in the audit log.")]
pub(crate) struct Arguments {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
    /// Why; stands in the audit log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
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
        reason,
        yes,
    } = arguments;
    let held = client.state(&project, &environment, &stack).await?.state.lock;
    let Some(lock) = held else {
        let detail = format!("nobody holds the lock of {stack} in {environment}");
        return Err(Failure::new(
            Exit::NotFound,
            "not-locked",
            "There is no lock",
            escape::line(&detail),
        ));
    };
    let text = format!("{stack} in {environment} is locked {}", lock_in_words(&lock));
    session.console.note(&escape::line(&text))?;
    if !yes {
        let nobody = || {
            Failure::usage("taking a lock needs a yes, and there is nobody to ask")
                .with_hint("say --yes when whoever holds the lock is certainly gone")
        };
        confirm(
            session,
            "take the lock from them?",
            nobody,
            "the lock stays as it is",
        )?;
    }
    client
        .force_unlock(&project, &environment, &stack, reason.as_deref())
        .await?;
    if session.console.is_json() {
        session.console.json(&lock)?;
    }
    session.console.note("unlocked")?;
    Ok(Exit::Success)
}
