//! Asks a person who sits at the terminal.

use std::io::{BufRead, IsTerminal};

use crate::failure::Failure;
use crate::session::Session;

/// Whether there is somebody to ask.
pub(crate) fn somebody_is_there() -> bool {
    std::io::stdin().is_terminal()
}

/// Asks, and answers whether the answer is `yes`.
///
/// # Errors
/// When the terminal cannot be read or written.
pub(crate) fn yes(session: &mut Session, question: &str) -> Result<bool, Failure> {
    session.console.note_piece(&format!("{question} type yes: "))?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

/// As [`yes`], where nothing may be done without an answer.
///
/// # Errors
/// As [`yes`], and the one given when there is nobody to ask.
pub(crate) fn somebody(
    session: &mut Session,
    question: &str,
    nobody: impl FnOnce() -> Failure,
) -> Result<bool, Failure> {
    match somebody_is_there() {
        true => yes(session, question),
        false => Err(nobody()),
    }
}
