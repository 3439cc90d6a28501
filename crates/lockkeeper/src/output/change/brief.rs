//! How far a change is, in a few lines.

use anstyle::Style;
use lockkeeper_api::types::change::{ChangeStatus, ChangeView, StageStatus, StageView};

use super::next;
use crate::output::layout::{Cell, Sheet};
use crate::output::style::{BOLD, COMMAND, DIM};
use crate::output::{text, words};

/// The change in a few lines: its status and class, what its plans do and what is shut, and what to do next.
pub(crate) fn render(change: &ChangeView, width: usize) -> String {
    let mut sheet = Sheet::new(width);
    short(&mut sheet, change);
    sheet.finish()
}

/// The same, for somebody who has not seen the plans: with the command that shows them.
pub(crate) fn render_planned(change: &ChangeView, width: usize) -> String {
    let mut sheet = Sheet::new(width);
    short(&mut sheet, change);
    let show = format!("lockkeeper change show {}", change.key);
    sheet.field("see all", &show, COMMAND);
    sheet.finish()
}

fn short(sheet: &mut Sheet, change: &ChangeView) {
    let (status, style) = words::change_status(change.status);
    sheet.heading(&change.key, status, style);
    sheet.field("title", &change.title, BOLD);
    if let Some(class) = change.class {
        let (word, style) = words::class(class);
        sheet.field("risk", word, style);
    }
    let environments = change.stages.iter().map(|stage| text::width(&stage.environment));
    let environments = environments.max().unwrap_or(0);
    let is_open = change.status == ChangeStatus::Open;
    for (number, stage) in change.stages.iter().enumerate() {
        let label = if number == 0 { "stages" } else { "" };
        let (status, style) = words::stage_status(stage.status);
        let cells = [
            Cell::new(&stage.environment, Style::new(), environments),
            Cell::new(status, style, status.len()),
        ];
        let style = if is_open { Style::new() } else { DIM };
        sheet.labelled_row(label, &cells, &standing(stage), style);
    }
    next::section_alone(sheet, change);
}

/// What the plan does and which gates are shut while it waits; what went wrong otherwise.
fn standing(stage: &StageView) -> String {
    let mut lines: Vec<String> = Vec::new();
    match (&stage.status, &stage.plan) {
        (StageStatus::Planned | StageStatus::Scheduled, Some(plan)) => {
            lines.push(plan.summary.clone());
            lines.extend(gates(stage));
        }
        (StageStatus::Verified, _) => {}
        _ => lines.extend(stage.message.clone()),
    }
    lines.join("\n")
}

fn gates(stage: &StageView) -> Option<String> {
    let shut: Vec<&str> = stage
        .gates
        .iter()
        .filter(|gate| !gate.open)
        .map(|gate| gate.gate.as_str())
        .collect();
    match (shut.len(), stage.gates.len()) {
        (_, 0) => None,
        (0, all) => Some(format!("{} open", text::count(all, "gate"))),
        (_, all) => Some(format!(
            "{} of {} shut: {}",
            shut.len(),
            text::count(all, "gate"),
            shut.join(", ")
        )),
    }
}
