//! A change in one environment.

use anstyle::Style;
use lockkeeper_api::types::change::{ApprovalView, StageView};
use lockkeeper_api::types::plan::{CheckView, PlanView};

use super::{Detail, SHORT_LIST, gates};
use crate::output::layout::Sheet;
use crate::output::style::{BAD, BOLD, COMMAND, DIM, WAITING};
use crate::output::{plan, run, words};

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
    let limit = if detail == Detail::Full {
        usize::MAX
    } else {
        SHORT_LIST
    };
    plan::risk(sheet, plan.class, &plan.reasons, limit);
    let rest = format!("lockkeeper change show {key} --full");
    plan::resources(sheet, &plan.resources, plan.resource_count, limit, &rest);
    let failed: Vec<&CheckView> = plan.checks.iter().filter(|check| !check.passed).collect();
    for (number, check) in failed.iter().enumerate() {
        let label = if number == 0 { "checks" } else { "" };
        sheet.field(label, &format!("{} failed", check.name), BAD);
        for finding in &check.findings {
            sheet.below(2, finding, Style::new());
        }
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
