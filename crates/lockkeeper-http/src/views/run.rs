use lockkeeper_api::types::run::{LogView, ProbeView, RunView};
use lockkeeper_domain::verification::ProbeResult;
use lockkeeper_store::tables::runs::RunRow;
use lockkeeper_usecases::runs::LogSlice;

use super::named;

/// A run.
pub(crate) fn run(row: RunRow) -> RunView {
    RunView {
        id: row.id.to_string(),
        change: super::key(row.change_number),
        stack: row.stack.to_string(),
        environment: row.environment_name.to_string(),
        kind: named::run_kind(*row.kind),
        status: named::run_status(*row.status),
        requested_by: row.requester_name.to_string(),
        created_at: row.created_at.to_string(),
        scheduled_at: row.scheduled_at.map(|at| at.to_string()),
        started_at: row.started_at.map(|at| at.to_string()),
        finished_at: row.finished_at.map(|at| at.to_string()),
        exit_code: row.exit_code.and_then(|code| i32::try_from(code).ok()),
        state_serial_before: row.serial_before,
        state_serial_after: row.serial_after,
        message: row.message,
        next_step: row.next_step,
        verification: row.verification.0.0.into_iter().map(probe).collect(),
    }
}

/// What a probe found.
pub(super) fn probe(result: ProbeResult) -> ProbeView {
    ProbeView {
        probe: result.probe,
        passed: result.passed,
        tries: result.tries,
        found: result.found,
    }
}

/// A piece of a log.
pub(crate) fn log(slice: LogSlice) -> LogView {
    LogView {
        text: slice.text,
        position: slice.position,
        ended: slice.ended,
    }
}
