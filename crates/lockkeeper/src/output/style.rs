//! Colours. Everything is readable without them: they repeat what the words say.

use anstyle::{AnsiColor, Style};

/// Headings and names.
pub(crate) const BOLD: Style = Style::new().bold();
/// What matters less.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Open, succeeded, added.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Shut, failed, destroyed.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// Under way, changed.
pub(crate) const WAITING: Style = AnsiColor::Yellow.on_default();
/// Commands to copy.
pub(crate) const COMMAND: Style = AnsiColor::Cyan.on_default();

/// The text in the style.
pub(crate) fn paint(style: Style, text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("{style}{text}{style:#}")
    }
}
