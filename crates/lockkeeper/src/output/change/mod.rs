//! A change on the terminal.

pub(crate) mod attributes;
pub(crate) mod brief;
pub(crate) mod gates;
mod next;
mod record;
mod stage;
#[cfg(test)]
mod tests;

use lockkeeper_api::types::change::{ChangeView, StageView};

use super::layout::Sheet;

/// How many resources of a plan are listed; `--full` lists them all.
const SHORT_LIST: usize = 20;

/// How much to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What is needed to decide.
    Short,
    /// Everything.
    Full,
}

/// The change: its record, each environment (or the `only` one) with plan, risk and gates, and what to do
/// next.
pub(crate) fn render(change: &ChangeView, only: Option<&str>, detail: Detail, width: usize) -> String {
    let mut sheet = Sheet::new(width);
    record::section(&mut sheet, change);
    let is_shown = |stage: &&StageView| only.is_none_or(|only| only == stage.environment);
    for stage in change.stages.iter().filter(is_shown) {
        sheet.gap();
        stage::section(&mut sheet, &change.key, stage, detail);
    }
    next::section(&mut sheet, change);
    sheet.finish()
}

/// What somebody is about to approve: the plan of each of these environments.
pub(crate) fn render_to_approve(change: &ChangeView, stages: &[&StageView], width: usize) -> String {
    let mut sheet = Sheet::new(width);
    for (number, stage) in stages.iter().enumerate() {
        if number > 0 {
            sheet.gap();
        }
        stage::to_approve(&mut sheet, &change.key, stage);
    }
    sheet.finish()
}
