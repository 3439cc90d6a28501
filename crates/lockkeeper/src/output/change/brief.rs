//! How far a change is, in a few lines.

use anstyle::Style;
use lockkeeper_api::types::change::{ChangeView, StageView};

use super::next;
use crate::output::layout::{Cell, Sheet};
use crate::output::style::BOLD;
use crate::output::{text, words};

/// The change in a few lines: its status, one line for each environment, and what to do next.
pub(crate) fn render(change: &ChangeView, width: usize) -> String {
    let mut sheet = Sheet::new(width);
    let (status, style) = words::change_status(change.status);
    sheet.heading(&change.key, status, style);
    sheet.field("title", &change.title, BOLD);
    let environments = change
        .stages
        .iter()
        .map(|stage| text::width(&stage.environment))
        .max()
        .unwrap_or(0);
    for (number, stage) in change.stages.iter().enumerate() {
        let label = if number == 0 { "stages" } else { "" };
        let (status, style) = words::stage_status(stage.status);
        let cells = [
            Cell::new(&stage.environment, Style::new(), environments),
            Cell::new(status, style, status.len()),
        ];
        sheet.labelled_row(label, &cells, &gates(stage), Style::new());
    }
    next::section(&mut sheet, change);
    sheet.finish()
}

fn gates(stage: &StageView) -> String {
    let shut: Vec<&str> = stage
        .gates
        .iter()
        .filter(|gate| !gate.open)
        .map(|gate| gate.gate.as_str())
        .collect();
    match (shut.len(), stage.gates.len()) {
        (_, 0) => String::new(),
        (0, all) => format!("{} open", text::count(all, "gate")),
        (_, all) => format!(
            "{} of {} shut: {}",
            shut.len(),
            text::count(all, "gate"),
            shut.join(", ")
        ),
    }
}
