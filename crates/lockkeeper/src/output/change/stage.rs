//! A change in one environment.

use anstyle::Style;
use lockkeeper_api::types::change::{ApprovalView, StageStatus, StageView};
use lockkeeper_api::types::plan::{CheckView, CostView, PlanView};

use super::{Detail, SHORT_LIST, gates};
use crate::output::layout::Sheet;
use crate::output::style::{BAD, BOLD, COMMAND, DIM, WAITING};
use crate::output::{plan, run, text, words};

/// How many differences from the environment before are shown; `--full` shows them all.
const MOST_DIFFERENCES: usize = 5;

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
    differences(sheet, &stage.differences_from_previous, detail);
    match &stage.plan {
        _ if stage.gates.is_empty() => {}
        Some(_) if stage.status != StageStatus::PlanFailed => gates::section(sheet, &stage.gates),
        _ => gates::before_the_plan(sheet, &stage.gates),
    }
    for (number, approval) in stage.approvals.iter().enumerate() {
        approval_row(sheet, if number == 0 { "approvals" } else { "" }, approval);
    }
    run::verification(sheet, &stage.verification);
}

/// What the environment's plan does, for somebody who is about to approve it.
pub(crate) fn to_approve(sheet: &mut Sheet, key: &str, stage: &StageView) {
    let (status, style) = words::stage_status(stage.status);
    sheet.heading(&stage.environment, status, style);
    if let Some(plan) = &stage.plan {
        plan_section(sheet, key, plan, Detail::Short);
    }
    differences(sheet, &stage.differences_from_previous, Detail::Short);
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
    let touches = if plan.resource_count == 0 {
        "nothing"
    } else {
        &plan.blast_radius
    };
    sheet.field("touches", touches, Style::new());
    if let Some(cost) = &plan.cost {
        sheet.field("cost", &monthly(cost), Style::new());
    }
    plan::risk(sheet, plan);
    if detail == Detail::Full {
        // They stand below with their attributes.
        let count = text::count(plan.resource_count, "resource");
        sheet.field("resources", &count, Style::new());
    } else {
        let rest = format!("lockkeeper change show {key} --full");
        plan::resources(sheet, plan, SHORT_LIST, &rest);
    }
    let failed: Vec<&CheckView> = plan.checks.iter().filter(|check| !check.passed).collect();
    for (number, check) in failed.iter().enumerate() {
        let label = if number == 0 { "checks" } else { "" };
        sheet.field(label, &format!("{} failed", check.name), BAD);
        for finding in &check.findings {
            sheet.below(2, finding, Style::new());
        }
    }
}

/// How the effects differ from those of the environment before.
fn differences(sheet: &mut Sheet, all: &[String], detail: Detail) {
    let limit = if detail == Detail::Full {
        usize::MAX
    } else {
        MOST_DIFFERENCES
    };
    for (number, difference) in all.iter().take(limit).enumerate() {
        sheet.field(if number == 0 { "differs" } else { "" }, difference, WAITING);
    }
    let missing = all.len().saturating_sub(limit);
    if missing > 0 {
        let more = text::count(missing, "more difference");
        sheet.below(0, &format!("and {more}: see all with --full"), DIM);
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

/// The estimate in words: `+12.40 USD / month (estimate), 2 without a price`.
fn monthly(cost: &CostView) -> String {
    let sign = if cost.monthly_delta.starts_with('-') {
        ""
    } else {
        "+"
    };
    let unpriced = match cost.unpriced {
        0 => String::new(),
        count => format!(", {count} without a price"),
    };
    format!(
        "{sign}{} {} / month (estimate){unpriced}",
        cost.monthly_delta, cost.currency
    )
}
