//! What happened, why, and what to do next.

use lockkeeper_api::types::change::GateView;

use super::console::Console;
use super::style::{BAD, BOLD, COMMAND, paint};
use super::{change::gates, escape, layout::Sheet};
use crate::failure::Failure;

/// Tells a failure: text on standard error, and with `--json` the problem document on standard output.
///
/// # Errors
/// When nobody reads.
pub(crate) fn tell(console: &mut Console, failure: &Failure) -> Result<(), Failure> {
    if failure.is_silent() {
        return Ok(());
    }
    let problem = failure.problem();
    let text = message(
        &problem.detail,
        problem.hint.as_deref(),
        &problem.gates,
        console.width(),
    );
    console.note_piece(&text)?;
    if console.is_json() {
        console.json(problem)?;
    }
    Ok(())
}

/// The text of a failure.
pub(crate) fn message(detail: &str, hint: Option<&str>, shut: &[GateView], width: usize) -> String {
    let bold_error = paint(BAD.bold(), "error");
    let mut text = format!(
        "{bold_error}{} {}\n",
        paint(BOLD, ":"),
        escape::lines(detail.trim_end())
    );
    if !shut.is_empty() {
        let mut sheet = Sheet::new(width);
        gates::section(&mut sheet, shut);
        text.push_str(&sheet.finish());
    }
    if let Some(hint) = hint {
        text.push_str(&format!(
            "{}{} {}\n",
            paint(COMMAND.bold(), "hint"),
            paint(BOLD, ":"),
            escape::lines(hint)
        ));
    }
    text
}
