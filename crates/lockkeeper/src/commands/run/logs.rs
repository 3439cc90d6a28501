//! `lockkeeper run logs`.

use clap::Args;

use super::follow::{self, Into};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::words;
use crate::session::Session;

/// The arguments of `lockkeeper run logs`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper run logs 0192f0c1-2345-7abc-8def-0123456789ab
  lockkeeper run logs 0192f0c1-2345-7abc-8def-0123456789ab --follow

With --json every line is one piece of the log. With --follow the exit code is 1 when the run failed.")]
pub(crate) struct Arguments {
    /// The run's identifier
    run: String,
    /// Go on printing until the run has ended
    #[arg(long, short)]
    follow: bool,
}

/// Prints the log, secrets masked.
///
/// # Errors
/// When there is no such run, or the server goes away for long.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    if arguments.follow {
        let run = follow::to_the_end(session, &client, &project, &arguments.run, Into::Data).await?;
        session
            .console
            .note(&format!("the run {}", words::run_end(run.status)))?;
        return Ok(follow::exit(&run));
    }
    let mut position = 0;
    loop {
        let piece = client.log(&project, &arguments.run, position).await?;
        follow::print(session, &piece, Into::Data)?;
        // The server answers in pieces; one that brings nothing new is the last for now.
        if piece.position <= position {
            return Ok(Exit::Success);
        }
        position = piece.position;
    }
}
