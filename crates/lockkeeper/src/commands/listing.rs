//! Printing a page of a list.

use lockkeeper_api::types::page::Page;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::table;
use crate::session::Session;

/// Prints the items: as JSON, or as a table with one row for each.
///
/// # Errors
/// When the output cannot be written.
pub(crate) fn print<T: Serialize>(
    session: &mut Session,
    page: &Page<T>,
    noun: &str,
    headings: &[&str],
    row: impl Fn(&T) -> Vec<String>,
) -> Result<Exit, Failure> {
    let console = &mut session.console;
    if console.is_json() {
        console.json(page)?;
        return Ok(Exit::Success);
    }
    if page.items.is_empty() {
        console.note(&format!("no {noun}"))?;
        return Ok(Exit::Success);
    }
    let rows: Vec<Vec<String>> = page.items.iter().map(row).collect();
    let text = table::render(headings, &rows, console.width());
    console.data(&text)?;
    if page.next_cursor.is_some() {
        console.note(&format!("there are more {noun}: print more of them with --limit"))?;
    }
    Ok(Exit::Success)
}
