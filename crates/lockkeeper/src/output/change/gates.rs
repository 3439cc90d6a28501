//! Gates: open or shut, why, and what opens them.

use lockkeeper_api::types::change::GateView;

use crate::output::layout::{Cell, Sheet};
use crate::output::style::{BAD, BOLD, COMMAND, DIM, GOOD};
use crate::output::text;

/// The gates, shut ones first: those are what somebody has to work on.
pub(crate) fn section(sheet: &mut Sheet, gates: &[GateView]) {
    let shut = gates.iter().filter(|gate| !gate.open).count();
    let (summary, style) = match (shut, gates.len()) {
        (0, _) => ("all open".to_owned(), GOOD),
        (shut, all) if shut == all => (format!("{} shut", text::count(shut, "gate")), BAD),
        (shut, all) => (format!("{shut} of {all} shut"), BAD),
    };
    sheet.field("gates", &summary, style);
    let widest = gates
        .iter()
        .map(|gate| text::width(&gate.gate))
        .max()
        .unwrap_or(0);
    let (shut, open): (Vec<_>, Vec<_>) = gates.iter().partition(|gate| !gate.open);
    for gate in shut {
        let cells = [Cell::new("SHUT", BAD, 4), Cell::new(&gate.gate, BOLD, widest)];
        sheet.row(&cells, &gate.reason, anstyle::Style::new());
        if let Some(to_open) = &gate.to_open {
            sheet.below(6, &format!("to open: {to_open}"), COMMAND);
        }
    }
    for gate in open {
        sheet.row(
            &[Cell::new("open", GOOD, 4), Cell::new(&gate.gate, DIM, widest)],
            &gate.reason,
            DIM,
        );
    }
}
