//! Gates: those that are shut in full, with what opens them; the open ones by name.

use anstyle::Style;
use lockkeeper_api::types::change::GateView;

use crate::output::layout::{Cell, Sheet};
use crate::output::style::{BAD, BOLD, COMMAND, DIM, GOOD};
use crate::output::text;

/// The gates, shut ones first: those are what somebody has to work on.
pub(crate) fn section(sheet: &mut Sheet, gates: &[GateView]) {
    let (shut, open): (Vec<_>, Vec<_>) = gates.iter().partition(|gate| !gate.open);
    match (shut.len(), gates.len()) {
        (0, _) => return sheet.field("gates", &format!("all open: {}", names(&open)), GOOD),
        (shut, all) if shut == all => {
            sheet.field("gates", &format!("{} shut", text::count(shut, "gate")), BAD)
        }
        (shut, all) => sheet.field("gates", &format!("{shut} of {all} shut"), BAD),
    }
    list(sheet, &shut);
    if !open.is_empty() {
        sheet.row(&[Cell::new("open", GOOD, 4)], &names(&open), DIM);
    }
}

/// The gates of an environment without a plan. `plan` itself is left out: what became of the plan stands
/// above. Those that follow from the risk cannot be judged, whatever they say.
pub(super) fn before_the_plan(sheet: &mut Sheet, gates: &[GateView]) {
    let (later, now): (Vec<_>, Vec<_>) = gates
        .iter()
        .filter(|gate| gate.gate != "plan")
        .partition(|gate| FOLLOW_FROM_THE_RISK.contains(&gate.gate.as_str()));
    let shut: Vec<&GateView> = now.into_iter().filter(|gate| !gate.open).collect();
    if shut.is_empty() && later.is_empty() {
        return;
    }
    sheet.field("gates", "shut, for want of a plan", BAD);
    list(sheet, &shut);
    if !later.is_empty() {
        sheet.row(
            &[Cell::new("later", DIM, 5)],
            &format!("{}: they follow from the risk of the plan", names(&later)),
            DIM,
        );
    }
}

/// The gates whose demands depend on the class of a plan.
const FOLLOW_FROM_THE_RISK: &[&str] = &["approvals", "board", "rollback", "window"];

fn list(sheet: &mut Sheet, shut: &[&GateView]) {
    let widest = shut.iter().map(|gate| text::width(&gate.gate)).max().unwrap_or(0);
    for gate in shut {
        let cells = [Cell::new("SHUT", BAD, 4), Cell::new(&gate.gate, BOLD, widest)];
        sheet.row(&cells, &gate.reason, Style::new());
        if let Some(to_open) = &gate.to_open {
            sheet.below(6, &format!("to open: {to_open}"), COMMAND);
        }
    }
}

/// The names beside each other, without what they have in common.
fn names(gates: &[&GateView]) -> String {
    let short = |name| {
        let name = str::strip_prefix(name, "check-").unwrap_or(name);
        name.strip_prefix("state-").unwrap_or(name)
    };
    let names: Vec<&str> = gates.iter().map(|gate| short(gate.gate.as_str())).collect();
    names.join(", ")
}
