//! Following a run to its end.

use std::time::Duration;

use lockkeeper_api::client::Client;
use lockkeeper_api::types::run::{LogView, RunStatus, RunView};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{escape, words};
use crate::session::Session;

/// The pause between two looks at a run whose log has ended but whose result is not recorded yet.
const PAUSE: Duration = Duration::from_millis(200);

/// Where the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Into {
    /// To standard output: it is what was asked for.
    Data,
    /// To standard error: something else is asked for.
    Notes,
}

/// Prints the log of a run as it is written, and answers how the run ended.
///
/// # Errors
/// When there is no such run, or the server goes away for long.
pub(crate) async fn to_the_end(
    session: &mut Session,
    client: &Client,
    project: &str,
    run: &str,
    into: Into,
) -> Result<RunView, Failure> {
    session.when_interrupted(format!(
        "the run goes on; follow it again with `lockkeeper run logs {run} --follow`, or stop it with \
         `lockkeeper run cancel {run}`"
    ));
    let mut follower = client.follow_log(project, run, 0);
    let mut at_line_start = true;
    while let Some(piece) = follower.next().await? {
        print(session, &piece, into)?;
        at_line_start = piece.text.ends_with('\n');
    }
    if !at_line_start && !session.console.is_json() {
        session.console.note("")?;
    }
    loop {
        let found = client.run(project, run).await?;
        if words::has_ended(found.status) {
            return Ok(found);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Prints one piece of a log.
///
/// # Errors
/// When the output cannot be written.
pub(crate) fn print(session: &mut Session, piece: &LogView, into: Into) -> Result<(), Failure> {
    if piece.text.is_empty() {
        return Ok(());
    }
    match into {
        Into::Data if session.console.is_json() => session.console.json_line(piece),
        Into::Data => session.console.data(&escape::lines(&piece.text)),
        Into::Notes => session.console.note_piece(&escape::lines(&piece.text)),
    }
}

/// How a command that followed a run ends.
pub(crate) fn exit(run: &RunView) -> Exit {
    if run.status == RunStatus::Succeeded {
        Exit::Success
    } else {
        Exit::Failure
    }
}
