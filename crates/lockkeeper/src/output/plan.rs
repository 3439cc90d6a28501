//! Parts of a plan that changes and inspections show alike.

use anstyle::Style;
use lockkeeper_api::types::plan::{ReasonView, ResourceLine, RiskClass};

use super::layout::{Cell, Sheet};
use super::style::{BAD, DIM, GOOD, WAITING};
use super::{text, words};

/// The class, and the first `limit` reasons for it; they stand in the order of their weight.
pub(crate) fn risk(sheet: &mut Sheet, class: RiskClass, reasons: &[ReasonView], limit: usize) {
    let (word, style) = words::class(class);
    if reasons.is_empty() {
        return sheet.field("risk", word, style);
    }
    sheet.field("risk", &format!("{word}, because:"), style);
    for ReasonView {
        class,
        text,
        functions,
        ..
    } in reasons
    {
        let (word, style) = words::class(*class);
        sheet.row(&[Cell::new(word, style, 6)], text, Style::new());
        if !functions.is_empty() {
            sheet.below(8, &format!("calls for {}", functions.join(", ")), DIM);
        }
    }
    let missing = reasons.len().saturating_sub(limit);
    if missing > 0 {
        sheet.below(
            0,
            &format!("and {}: see all with --full", text::count(missing, "more reason")),
            DIM,
        );
    }
}

/// The first `limit` resources of `total`, and the command that lists the rest.
pub(crate) fn resources(sheet: &mut Sheet, lines: &[ResourceLine], total: usize, limit: usize, rest: &str) {
    let listed: Vec<&ResourceLine> = lines.iter().take(limit).collect();
    if listed.is_empty() {
        return;
    }
    sheet.field("resources", &text::count(total, "resource"), Style::new());
    let widest = address_width(&listed);
    for line in &listed {
        let action = match &line.reason {
            Some(reason) => format!("{}: {reason}", line.action),
            None => line.action.clone(),
        };
        let sign = Cell::new(&line.sign, sign_style(&line.sign), 3);
        sheet.row(
            &[sign, Cell::new(&line.address, Style::new(), widest)],
            &action,
            DIM,
        );
    }
    let missing = total.saturating_sub(listed.len());
    if missing > 0 {
        sheet.below(0, &format!("and {missing} more: {rest}"), DIM);
    }
}

/// The width of the address column: as wide as the addresses, so long as they are not huge.
fn address_width(lines: &[&ResourceLine]) -> usize {
    lines
        .iter()
        .map(|line| text::width(&line.address))
        .max()
        .unwrap_or(0)
        .min(48)
}

fn sign_style(sign: &str) -> Style {
    match sign {
        "+" => GOOD,
        "~" => WAITING,
        "-" | "-/+" | "+/-" => BAD,
        _ => DIM,
    }
}
