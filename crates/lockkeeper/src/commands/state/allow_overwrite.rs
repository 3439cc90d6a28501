//! `lockkeeper state allow-overwrite`.

use clap::Args;
use jiff::SignedDuration;
use lockkeeper_api::types::state::NewOverwriteLeave;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{escape, words};
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper state allow-overwrite`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state allow-overwrite staging network --reason \"serial 12 is broken\"
  lockkeeper state allow-overwrite staging network --reason \"restored elsewhere\" --for 30m

Terraform cannot tell a server that a push is forced. Say it here, then `terraform state push -force FILE`. The \
leave is yours alone, for one write, and ends by itself.")]
pub(crate) struct Arguments {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
    /// Why; stands in the audit log and with the version
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// How long it lasts unless it is used, up to 1h
    #[arg(long = "for", value_name = "TIME", default_value = "10m")]
    valid_for: SignedDuration,
}

/// Asks for the leave.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments {
        environment,
        stack,
        reason,
        valid_for,
    } = arguments;
    let seconds = u32::try_from(valid_for.as_secs())
        .map_err(|_| Failure::usage("--for is a time such as 10m, up to 1h"))?;
    let leave = NewOverwriteLeave { reason, seconds };
    let leave = client
        .allow_state_overwrite(&project, &environment, &stack, &leave, &new_key()?)
        .await?;
    if session.console.is_json() {
        session.console.json(&leave)?;
    }
    let until = words::exact_time(&leave.until);
    let text = format!(
        "{} may overwrite {stack} in {environment} once until {until}",
        leave.user
    );
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}
