//! `lockkeeper state show`.

use clap::Args;
use lockkeeper_api::types::state::{ProtectedBy, StateDetailView, StateLockView};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::layout::Sheet;
use crate::output::style::{BAD, DIM, GOOD, WAITING};
use crate::output::{text, words};
use crate::session::Session;

/// The arguments of `lockkeeper state show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state show production network
  lockkeeper state show production network --json")]
pub(crate) struct Arguments {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
}

/// Prints the state.
///
/// # Errors
/// When there is no such state.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments { environment, stack } = arguments;
    let detail = client.state(&project, &environment, &stack).await?;
    if session.console.is_json() {
        session.console.json(&detail)?;
        return Ok(Exit::Success);
    }
    let text = sheet(&detail, session.console.width());
    session.console.data(&text)?;
    Ok(Exit::Success)
}

fn sheet(detail: &StateDetailView, width: usize) -> String {
    let state = &detail.state;
    let mut sheet = Sheet::new(width);
    let name = format!("{} in {}", state.stack, state.environment);
    match &state.lock {
        Some(_) => sheet.heading(&name, "locked", WAITING),
        None => sheet.heading(&name, "free", GOOD),
    }
    if let Some(lock) = &state.lock {
        sheet.field("locked", &lock_in_words(lock), WAITING);
    }
    for waiter in &detail.waiting {
        let text = format!(
            "{} ({}) for {} since {}",
            waiter.user,
            waiter.who,
            waiter.operation,
            words::exact_time(&waiter.since)
        );
        sheet.field("waiting", &text, DIM);
    }
    let version = match state.serial {
        Some(serial) => format!(
            "serial {serial}, lineage {}",
            state.lineage.as_deref().unwrap_or("-")
        ),
        None => "nothing was written".to_owned(),
    };
    sheet.field("version", &version, anstyle::Style::new());
    if let (Some(by), Some(at)) = (&state.written_by, &state.written_at) {
        let resources = state
            .resources
            .and_then(|count| usize::try_from(count).ok())
            .map_or(String::new(), |count| {
                format!(", {}", text::count(count, "resource"))
            });
        let size = state.size.unwrap_or_default();
        let text = format!("by {by} at {}, {size} bytes{resources}", words::exact_time(at));
        sheet.field("written", &text, anstyle::Style::new());
    }
    let versions = match state.versions_removed {
        0 => state.versions.to_string(),
        removed => format!("{}, and {removed} older ones were removed", state.versions),
    };
    sheet.field("versions", &versions, anstyle::Style::new());
    let protection = match detail.protected_by {
        Some(ProtectedBy::State) => "protected: only runs of approved changes write it",
        Some(ProtectedBy::Environment) => {
            "protected, as all of its environment: only runs of approved changes write it"
        }
        None => "not protected: whoever has the role writes it",
    };
    sheet.field("protection", protection, anstyle::Style::new());
    for leave in &detail.overwrite_leaves {
        let text = format!(
            "{} may overwrite it once until {}: {}",
            leave.user,
            words::exact_time(&leave.until),
            leave.reason
        );
        sheet.field("leave", &text, BAD);
    }
    sheet.finish()
}

/// Who holds a lock, for what, how long, and since when.
pub(super) fn lock_in_words(lock: &StateLockView) -> String {
    let run = lock
        .run
        .as_ref()
        .map_or(String::new(), |run| format!(", run {run}"));
    format!(
        "by {} ({}) for {}{run}, held for {}, since {}",
        lock.user,
        lock.who,
        lock.operation,
        words::age(&lock.since),
        words::exact_time(&lock.since)
    )
}
