//! `lockkeeper whoami`.

use clap::Args;
use lockkeeper_api::types::user::{CallerView, ProjectMembership};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::layout::Sheet;
use crate::output::style::{BOLD, DIM};
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper whoami`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper whoami
  lockkeeper whoami --json")]
pub(crate) struct Arguments {}

/// Prints the caller.
///
/// # Errors
/// When the server does not know the token.
pub(crate) async fn run(session: &mut Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let caller = client.caller().await?;
    if session.console.is_json() {
        session.console.json(&caller)?;
        return Ok(Exit::Success);
    }
    let text = render(&caller, &client.address().to_string(), session.console.width());
    session.console.data(&text)?;
    Ok(Exit::Success)
}

fn render(caller: &CallerView, address: &str, width: usize) -> String {
    let mut sheet = Sheet::new(width);
    let kind = if caller.user.server_admin {
        "server admin"
    } else {
        ""
    };
    sheet.heading(&caller.user.name, kind, BOLD);
    sheet.field("server", address, DIM);
    for (number, membership) in caller.memberships.iter().enumerate() {
        sheet.field(
            if number == 0 { "roles" } else { "" },
            &role(membership),
            anstyle::Style::new(),
        );
    }
    if caller.memberships.is_empty() {
        sheet.field("roles", "none", DIM);
    }
    sheet.finish()
}

fn role(membership: &ProjectMembership) -> String {
    let function = membership
        .function
        .as_deref()
        .map_or(String::new(), |function| format!(" ({function})"));
    let place = membership
        .environment
        .as_deref()
        .map_or(String::new(), |environment| format!(", {environment} only"));
    format!(
        "{} in {}{function}{place}",
        words::wire(&membership.role),
        membership.project
    )
}
