//! The change as a whole.

use anstyle::Style;
use lockkeeper_api::types::change::{ChangeView, TickView};

use crate::output::layout::Sheet;
use crate::output::style::BOLD;
use crate::output::words;

/// The head of the sheet: key, title, status, class, and who wants what and why.
pub(crate) fn section(sheet: &mut Sheet, change: &ChangeView) {
    let (status, style) = words::change_status(change.status);
    sheet.heading(&change.key, status, style);
    let plain = Style::new();
    sheet.field("title", &change.title, BOLD);
    if !change.why.is_empty() {
        sheet.field("why", &change.why, plain);
    }
    if let Some(class) = change.class {
        let (word, style) = words::class(class);
        // What the plans say weighs more: their reasons can be read.
        let planned = change.stages.iter().filter_map(|stage| stage.plan.as_ref());
        let computed = planned.map(|plan| plan.class).max();
        let declared = change
            .declared_class
            .filter(|declared| *declared == class && computed < Some(class));
        let note = if declared.is_some() {
            " (declared by the author)"
        } else {
            ""
        };
        sheet.field("risk", &format!("{word}{note}"), style);
    }
    let commit = words::short(&change.commit);
    let reference = if change.commit.starts_with(&change.reference) {
        ""
    } else {
        &change.reference
    };
    let from = if reference.is_empty() {
        String::new()
    } else {
        format!(" ({reference})")
    };
    sheet.field("stack", &format!("{} at {commit}{from}", change.stack), plain);
    sheet.field(
        "proposed",
        &format!("{} by {}", words::time(&change.created_at), change.requester),
        plain,
    );
    if let Some(rollback) = &change.rollback {
        sheet.field("rollback", rollback, plain);
    }
    if let Some(key) = &change.rolls_back {
        sheet.field("undoes", key, plain);
    }
    if let Some(key) = &change.rolled_back_by {
        sheet.field("undone by", key, plain);
    }
    for (number, tick) in change.ticks.iter().enumerate() {
        sheet.field(if number == 0 { "ticked" } else { "" }, &ticked(tick), plain);
    }
}

fn ticked(tick: &TickView) -> String {
    let remark = if tick.comment.is_empty() {
        String::new()
    } else {
        format!(": {}", tick.comment)
    };
    format!(
        "{} by {}, {}{remark}",
        tick.check,
        tick.user,
        words::time(&tick.at)
    )
}
