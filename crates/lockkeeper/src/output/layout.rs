//! Sheets: labels on the left, text on the right, wrapped to the width.

use anstyle::Style;

use super::style::{DIM, paint};
use super::{escape, text};

/// The column in which texts start.
const TEXT_COLUMN: usize = 14;

/// A sheet of labelled lines that grows downwards.
pub(crate) struct Sheet {
    width: usize,
    written: String,
}

/// One cell of a line in a sheet.
pub(crate) struct Cell<'a> {
    /// The text. It is escaped when it is written.
    pub(crate) text: &'a str,
    /// How it looks.
    pub(crate) style: Style,
    /// The columns that it takes at least.
    pub(crate) width: usize,
}

impl<'a> Cell<'a> {
    /// A cell.
    pub(crate) fn new(text: &'a str, style: Style, width: usize) -> Self {
        Self { text, style, width }
    }
}

impl Sheet {
    /// An empty sheet of this width.
    pub(crate) fn new(width: usize) -> Self {
        Self {
            width,
            written: String::new(),
        }
    }

    /// The sheet, styled.
    pub(crate) fn finish(self) -> String {
        self.written
    }

    /// How many columns are left for the text of a row whose cells take this many.
    pub(crate) fn room_beside(&self, cells: usize) -> usize {
        self.width.saturating_sub(TEXT_COLUMN + cells)
    }

    /// Adds an empty line.
    pub(crate) fn gap(&mut self) {
        self.written.push('\n');
    }

    /// Adds a line that starts at the left edge: a name, and how it is.
    pub(crate) fn heading(&mut self, name: &str, state: &str, style: Style) {
        let name = paint(super::style::BOLD, &escape::line(name));
        let state = if state.is_empty() {
            String::new()
        } else {
            format!("  {}", paint(style, state))
        };
        self.written.push_str(&format!("{name}{state}\n"));
    }

    /// Adds a label and its text, wrapped below itself.
    pub(crate) fn field(&mut self, label: &str, value: &str, style: Style) {
        self.cells(label, &[], value, style);
    }

    /// Adds a line below the field before: cells side by side, then a text that wraps below itself.
    pub(crate) fn row(&mut self, cells: &[Cell<'_>], value: &str, style: Style) {
        self.cells("", cells, value, style);
    }

    /// Adds a label, cells side by side, then a text that wraps below itself.
    pub(crate) fn labelled_row(&mut self, label: &str, cells: &[Cell<'_>], value: &str, style: Style) {
        self.cells(label, cells, value, style);
    }

    fn cells(&mut self, label: &str, cells: &[Cell<'_>], value: &str, style: Style) {
        let label = format!("  {label}");
        self.written
            .push_str(&paint(DIM, &text::pad(&label, TEXT_COLUMN)));
        let mut column = TEXT_COLUMN.max(text::width(&label) + 1);
        for cell in cells {
            let shown = escape::line(cell.text);
            self.written
                .push_str(&paint(cell.style, &text::pad(&shown, cell.width)));
            self.written.push_str("  ");
            column += cell.width.max(text::width(&shown)) + 2;
        }
        self.wrapped(value, column, style);
    }

    /// Adds a text below the field before, indented by `indent` more columns.
    pub(crate) fn below(&mut self, indent: usize, value: &str, style: Style) {
        self.written.push_str(&" ".repeat(TEXT_COLUMN + indent));
        self.wrapped(value, TEXT_COLUMN + indent, style);
    }

    fn wrapped(&mut self, value: &str, column: usize, style: Style) {
        // A column far to the right leaves no room: then lines are longer than the terminal.
        let limit = self.width.saturating_sub(column).max(24);
        let paragraphs: Vec<&str> = value.trim_end().lines().collect();
        let lines = paragraphs
            .iter()
            .flat_map(|paragraph| text::wrap(&escape::line(paragraph), limit));
        for (number, line) in lines.enumerate() {
            if number > 0 {
                self.written.push_str(&" ".repeat(column));
            }
            self.written.push_str(&paint(style, &line));
            self.written.push('\n');
        }
        if paragraphs.is_empty() {
            let trimmed = self.written.trim_end_matches(' ').len();
            self.written.truncate(trimmed);
            self.written.push('\n');
        }
    }
}
