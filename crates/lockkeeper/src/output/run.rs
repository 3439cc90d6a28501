//! A run on the terminal.

use anstyle::Style;
use lockkeeper_api::types::run::{ProbeView, RunStatus, RunView};

use super::layout::{Cell, Sheet};
use super::style::{BAD, COMMAND, GOOD};
use super::words;

/// The run: what it does, how it ended, and what to do next.
pub(crate) fn render(run: &RunView, width: usize) -> String {
    let mut sheet = Sheet::new(width);
    let (status, style) = words::run_status(run.status);
    sheet.heading(
        &format!("{} {}", words::run_kind(run.kind), run.id),
        status,
        style,
    );
    let plain = Style::new();
    if let Some(message) = &run.message {
        sheet.field("message", message, plain);
    }
    if let Some(next_step) = &run.next_step {
        sheet.field("do next", next_step, COMMAND);
    }
    sheet.field(
        "change",
        &format!("{}, stack {} in {}", run.change, run.stack, run.environment),
        plain,
    );
    sheet.field(
        "asked for",
        &format!("{} by {}", words::exact_time(&run.created_at), run.requested_by),
        plain,
    );
    let times = [
        ("scheduled", &run.scheduled_at),
        ("started", &run.started_at),
        ("finished", &run.finished_at),
    ];
    for (label, time) in times {
        if let Some(time) = time {
            sheet.field(label, &words::exact_time(time), plain);
        }
    }
    if run.status == RunStatus::Queued && run.scheduled_at.is_some() {
        sheet.field(
            "unschedule",
            &format!("lockkeeper run cancel {}", run.id),
            COMMAND,
        );
    }
    if let Some(code) = run.exit_code {
        sheet.field("exit code", &code.to_string(), plain);
    }
    if let Some(serials) = serials(run) {
        sheet.field("state", &serials, plain);
    }
    verification(&mut sheet, &run.verification);
    sheet.finish()
}

/// What each probe found.
pub(crate) fn verification(sheet: &mut Sheet, probes: &[ProbeView]) {
    for (number, probe) in probes.iter().enumerate() {
        if number == 0 {
            let failed = probes.iter().filter(|probe| !probe.passed).count();
            let (summary, style) = if failed == 0 {
                ("all passed".to_owned(), GOOD)
            } else {
                (format!("{failed} of {} failed", probes.len()), BAD)
            };
            sheet.field("probes", &summary, style);
        }
        let (word, style) = if probe.passed {
            ("passed", GOOD)
        } else {
            ("FAILED", BAD)
        };
        let tries = usize::try_from(probe.tries).unwrap_or(usize::MAX);
        let line = if tries > 1 {
            format!("{} ({tries} tries)", probe.probe)
        } else {
            probe.probe.clone()
        };
        sheet.row(&[Cell::new(word, style, 6)], &line, Style::new());
        if let Some(found) = &probe.found {
            sheet.below(8, found, Style::new());
        }
    }
}

fn serials(run: &RunView) -> Option<String> {
    match (run.state_serial_before, run.state_serial_after) {
        (None, None) => None,
        (None, Some(after)) => Some(format!("new, now at serial {after}")),
        (Some(before), Some(after)) if before == after => Some(format!("serial {after}, unchanged")),
        (Some(before), Some(after)) => Some(format!("serial {before} before, {after} after")),
        (Some(before), None) => Some(format!("serial {before} before")),
    }
}
