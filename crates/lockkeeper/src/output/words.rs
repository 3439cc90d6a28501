//! How statuses, classes, times and digests read.

use anstyle::Style;
use lockkeeper_api::types::change::{ChangeStatus, StageStatus};
use lockkeeper_api::types::plan::RiskClass;
use lockkeeper_api::types::run::{RunKind, RunStatus};
use lockkeeper_domain::state_lock::duration_in_words;
use lockkeeper_usecases::clock::{Clock, SystemClock};

use super::style::{BAD, BOLD, DIM, GOOD, WAITING};

/// A status in words, and its colour.
pub(crate) fn change_status(status: ChangeStatus) -> (&'static str, Style) {
    match status {
        ChangeStatus::Open => ("open", WAITING),
        ChangeStatus::Verified => ("verified", GOOD),
        ChangeStatus::Closed => ("closed", GOOD),
        ChangeStatus::Cancelled => ("cancelled", DIM),
        ChangeStatus::RolledBack => ("rolled back", DIM),
    }
}

/// A status in words, and its colour.
pub(crate) fn stage_status(status: StageStatus) -> (&'static str, Style) {
    match status {
        StageStatus::Planning => ("planning", WAITING),
        StageStatus::PlanFailed => ("plan failed", BAD),
        StageStatus::Planned => ("planned", BOLD),
        StageStatus::Scheduled => ("scheduled", WAITING),
        StageStatus::Applying => ("applying", WAITING),
        StageStatus::ApplyFailed => ("apply failed", BAD),
        StageStatus::Interrupted => ("interrupted", BAD),
        StageStatus::Verifying => ("verifying", WAITING),
        StageStatus::VerificationFailed => ("verification failed", BAD),
        StageStatus::Verified => ("verified", GOOD),
        StageStatus::RolledBack => ("rolled back", DIM),
    }
}

/// A status in words, and its colour.
pub(crate) fn run_status(status: RunStatus) -> (&'static str, Style) {
    match status {
        RunStatus::Queued => ("queued", WAITING),
        RunStatus::Running => ("running", WAITING),
        RunStatus::Succeeded => ("succeeded", GOOD),
        RunStatus::Failed => ("failed", BAD),
        RunStatus::Cancelled => ("cancelled", DIM),
        RunStatus::Interrupted => ("interrupted", BAD),
    }
}

/// How a run ended, as the end of a sentence: `the run was interrupted`.
pub(crate) fn run_end(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Queued => "is queued",
        RunStatus::Running => "is running",
        RunStatus::Succeeded => "succeeded",
        RunStatus::Failed => "failed",
        RunStatus::Cancelled => "was cancelled",
        RunStatus::Interrupted => "was interrupted",
    }
}

/// Whether a run is over.
pub(crate) fn has_ended(status: RunStatus) -> bool {
    !matches!(status, RunStatus::Queued | RunStatus::Running)
}

/// What a run does, in a word.
pub(crate) fn run_kind(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Plan => "plan",
        RunKind::Apply => "apply",
    }
}

/// A class in words, and its colour.
pub(crate) fn class(class: RiskClass) -> (&'static str, Style) {
    match class {
        RiskClass::Low => ("low", GOOD),
        RiskClass::Medium => ("medium", WAITING),
        RiskClass::High => ("high", BAD),
    }
}

/// `2026-11-21T14:03:22.123Z` as `2026-11-21 14:03 UTC`; anything else as it is.
pub(crate) fn time(text: &str) -> String {
    let Ok(time) = text.parse::<jiff::Timestamp>() else {
        return text.to_owned();
    };
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// `2026-11-21T14:03:22.123Z` as `2026-11-21 14:03:22 UTC`; anything else as it is.
pub(crate) fn exact_time(text: &str) -> String {
    let Ok(time) = text.parse::<jiff::Timestamp>() else {
        return text.to_owned();
    };
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// How long ago a time is: `3 h 12 min`; anything else as it is.
pub(crate) fn age(text: &str) -> String {
    let Ok(time) = text.parse::<jiff::Timestamp>() else {
        return text.to_owned();
    };
    duration_in_words(SystemClock.now().duration_since(time))
}

/// The first digits of a commit or digest: enough to compare by eye.
pub(crate) fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// A size as people say it, in powers of ten.
pub(crate) fn bytes(size: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if size < 1000 {
        return format!("{size} B");
    }
    let (mut whole, mut rest, mut unit) = (size / 1000, size % 1000, 0);
    while whole >= 1000 && unit + 1 < UNITS.len() {
        (whole, rest, unit) = (whole / 1000, whole % 1000, unit + 1);
    }
    format!(
        "{whole}.{} {}",
        rest / 100,
        UNITS.get(unit).copied().unwrap_or_default()
    )
}

/// The wire name of an enum without data: `on-call-notified`.
pub(crate) fn wire(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_utc() {
        assert_eq!(time("2026-11-21T14:03:22.123Z"), "2026-11-21 14:03 UTC");
        assert_eq!(exact_time("2026-11-21T15:03:22+01:00"), "2026-11-21 14:03:22 UTC");
        assert_eq!(time("soon"), "soon");
    }

    #[test]
    fn digests() {
        assert_eq!(short("0123456789abcdef"), "0123456789ab");
        assert_eq!(short("0123"), "0123");
        assert_eq!(short("ééééééééé"), "éééééé");
        assert_eq!(short("aéééééééé"), "aéééééééé");
    }
}
