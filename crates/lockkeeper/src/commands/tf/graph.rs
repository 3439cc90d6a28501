//! `lockkeeper tf graph`: draws what depends on what.

use lockkeeper_engine::process::{End, never_cancelled};

use super::prepared::Prepared;
use crate::commands::output_file::OutputFile;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// The longest text that `terraform graph` may print, in bytes.
const LONGEST_GRAPH: usize = 256 * 1024 * 1024;

/// Draws the graph of the stack.
///
/// # Errors
/// When Terraform fails, or the file cannot be written.
pub(super) async fn run(prepared: &Prepared, session: &mut Session) -> Result<Exit, Failure> {
    let output = prepared
        .call
        .options
        .output
        .as_deref()
        .map(OutputFile::start)
        .transpose()?;
    let command = prepared.command(&[])?;
    let answer = command
        .capture(LONGEST_GRAPH, never_cancelled())
        .await
        .map_err(|error| super::tool::missing(&prepared.program.to_string_lossy(), &error))?;
    if answer.end != End::Exited(0) {
        session.console.note(&escape::lines(&answer.message))?;
        return Ok(Exit::Child(u8::try_from(answer.exit_code()).unwrap_or(1)));
    }
    let title = format!("{} in {}", prepared.stack.name, prepared.environment);
    let svg = lockkeeper_graph::draw(&String::from_utf8_lossy(&answer.stdout), &title).map_err(|error| {
        Failure::new(
            Exit::Failure,
            "graph",
            "The graph cannot be drawn",
            error.to_string(),
        )
    })?;
    match output {
        None => session.console.bytes(svg.as_bytes())?,
        Some(mut file) => {
            file.write(svg.as_bytes())?;
            let path = file.finish()?;
            session
                .console
                .note(&escape::line(&format!("drawn into {}", path.display())))?;
        }
    }
    Ok(Exit::Success)
}
