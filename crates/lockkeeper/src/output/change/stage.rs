//! A change in one environment.

use anstyle::Style;
use lockkeeper_api::types::change::{ApprovalView, StageView};
use lockkeeper_api::types::plan::{CheckView, PlanView, ReasonView, ResourceLine};

use super::{Detail, SHORT_LIST, gates};
use crate::output::layout::{Cell, Sheet};
use crate::output::style::{BAD, BOLD, COMMAND, DIM, GOOD, WAITING};
use crate::output::{run, text, words};

/// The environment, how far the change is there, its plan, and what keeps it.
pub(crate) fn section(sheet: &mut Sheet, key: &str, stage: &StageView, detail: Detail) {
    let (status, style) = words::stage_status(stage.status);
    sheet.heading(&stage.environment, status, style);
    let plain = Style::new();
    if let Some(message) = &stage.message {
        sheet.field("message", message, plain);
    }
    if let Some(next_step) = &stage.next_step {
        sheet.field("do next", next_step, COMMAND);
    }
    if let Some(time) = &stage.scheduled_at {
        sheet.field("starts", &words::time(time), plain);
    }
    if let Some(run) = &stage.run {
        sheet.field("run", run, plain);
    }
    if let Some(plan) = &stage.plan {
        plan_section(sheet, key, plan, detail);
    }
    for (number, difference) in stage.differences_from_previous.iter().enumerate() {
        sheet.field(if number == 0 { "differs" } else { "" }, difference, WAITING);
    }
    if !stage.gates.is_empty() {
        gates::section(sheet, &stage.gates);
    }
    for (number, approval) in stage.approvals.iter().enumerate() {
        approval_row(sheet, if number == 0 { "approvals" } else { "" }, approval);
    }
    run::verification(sheet, &stage.verification);
}

fn plan_section(sheet: &mut Sheet, key: &str, plan: &PlanView, detail: Detail) {
    sheet.field("plan", &plan.summary, BOLD);
    let serial = plan.state_serial.map_or("no state yet".to_owned(), |serial| {
        format!("state serial {serial}")
    });
    let facts = format!("digest {}, {}, {serial}", words::short(&plan.digest), plan.tool);
    sheet.field("", &facts, DIM);
    let times = format!(
        "made {}, good until {}",
        words::time(&plan.made_at),
        words::time(&plan.expires_at)
    );
    sheet.field("", &times, DIM);
    sheet.field("touches", &plan.blast_radius, Style::new());
    reasons(sheet, plan);
    resources(sheet, key, plan, detail);
    let failed: Vec<&CheckView> = plan.checks.iter().filter(|check| !check.passed).collect();
    for (number, check) in failed.iter().enumerate() {
        let label = if number == 0 { "checks" } else { "" };
        sheet.field(label, &format!("{} failed", check.name), BAD);
        for finding in &check.findings {
            sheet.below(2, finding, Style::new());
        }
    }
}

fn reasons(sheet: &mut Sheet, plan: &PlanView) {
    let (class, style) = words::class(plan.class);
    if plan.reasons.is_empty() {
        return sheet.field("risk", class, style);
    }
    sheet.field("risk", &format!("{class}, because:"), style);
    for ReasonView {
        class,
        text,
        functions,
        ..
    } in &plan.reasons
    {
        let (word, style) = words::class(*class);
        sheet.row(&[Cell::new(word, style, 6)], text, Style::new());
        if !functions.is_empty() {
            sheet.below(8, &format!("calls for {}", functions.join(", ")), DIM);
        }
    }
}

fn resources(sheet: &mut Sheet, key: &str, plan: &PlanView, detail: Detail) {
    let shown = if detail == Detail::Full {
        plan.resources.len()
    } else {
        SHORT_LIST
    };
    let listed: Vec<&ResourceLine> = plan.resources.iter().take(shown).collect();
    if listed.is_empty() {
        return;
    }
    sheet.field(
        "resources",
        &text::count(plan.resource_count, "resource"),
        Style::new(),
    );
    for line in &listed {
        let reason = line
            .reason
            .as_deref()
            .map_or(line.action.clone(), |reason| format!("{}: {reason}", line.action));
        let sign = Cell::new(&line.sign, sign_style(&line.sign), 3);
        sheet.row(
            &[
                sign,
                Cell::new(&line.address, Style::new(), address_width(&listed)),
            ],
            &reason,
            DIM,
        );
    }
    let missing = plan.resource_count.saturating_sub(listed.len());
    if missing > 0 {
        sheet.below(
            0,
            &format!("and {missing} more: lockkeeper change show {key} --full"),
            DIM,
        );
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

fn approval_row(sheet: &mut Sheet, label: &str, approval: &ApprovalView) {
    let function = approval
        .function
        .as_deref()
        .map_or(String::new(), |function| format!(" as {function}"));
    let remark = if approval.comment.is_empty() {
        String::new()
    } else {
        format!(": {}", approval.comment)
    };
    let line = format!(
        "{}{function}, {}{remark}",
        approval.user,
        words::time(&approval.at)
    );
    match &approval.void {
        None => sheet.field(label, &line, Style::new()),
        Some(why) => {
            sheet.field(label, &format!("void: {line}"), DIM);
            sheet.below(2, why, DIM);
        }
    }
}
