//! A window is open, no freeze is on, and the run fits before the end.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Gate, GateInput, GateKind, commands};
use crate::window::{Calendar, Closure, Opening, SEARCHED_DAYS, Slot, spoken};

pub(super) fn gate(input: &GateInput) -> Gate {
    let kind = GateKind::Window;
    if input.direction.is_rollback() {
        return Gate::open(kind, "A rollback needs no window, and no freeze holds it.");
    }
    if input.requirements.window && input.calendar.windows.is_empty() && input.tier.is_critical() {
        return no_window_named(input);
    }
    let calendar = calendar(input);
    match calendar.opening_at(input.now) {
        Opening::Open(slot) => open_now(input, &calendar, &slot),
        Opening::Shut { because, .. } => Gate::shut(kind, why_shut(input, &because), wait(input, &calendar)),
    }
}

/// The calendar that holds the change.
fn calendar(input: &GateInput) -> Calendar {
    match input.requirements.window {
        true => input.calendar.clone(),
        false => input.calendar.without_windows(),
    }
}

/// Until when a run that starts now is to be over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsUntil {
    /// The time.
    pub at: Timestamp,
    /// What happens then, and when, as people read it: `the window weekend closed on Saturday 2026-11-28 06:00
    /// Europe/Paris`.
    pub what: String,
}

/// Until when a run that starts now is to be over; none for a rollback, which nothing holds, and while the calendar is
/// shut.
pub fn runs_until(input: &GateInput) -> Option<RunsUntil> {
    if input.direction.is_rollback() {
        return None;
    }
    let Opening::Open(slot) = calendar(input).opening_at(input.now) else {
        return None;
    };
    let when = spoken(slot.end, &slot.time_zone);
    let what = match (&slot.ended_by, &slot.window) {
        (None, Some(window)) => format!("the window {window} closed on {when}"),
        (Some(freeze), _) => format!("the freeze {freeze} began on {when}"),
        (None, None) => format!("the calendar ended on {when}"),
    };
    Some(RunsUntil { at: slot.end, what })
}

fn no_window_named(input: &GateInput) -> Gate {
    let environment = &input.environment;
    Gate::shut(
        GateKind::Window,
        format!(
            "A {} change needs a window, and {environment} has none.",
            input.class
        ),
        format!(
            "name a window for it in `.lockkeeper/project.toml`, under `[environments.{environment}]`, or set `window = false` under `[policy.{}.{}]`",
            input.tier, input.class
        ),
    )
}

fn open_now(input: &GateInput, calendar: &Calendar, slot: &Slot) -> Gate {
    let expected = input.expected_duration.unwrap_or_default();
    let closes = spoken(slot.end, &slot.time_zone);
    if calendar.fits(input.now, expected) {
        let reason = match &slot.window {
            Some(window) => format!("The window {window} is open until {closes}."),
            None => format!(
                "A {} change may run in {} at any time.",
                input.class, input.environment
            ),
        };
        return Gate::open(GateKind::Window, reason);
    }
    let what = match (&slot.ended_by, &slot.window) {
        (None, Some(window)) => format!("the window {window} closes"),
        (Some(freeze), _) => format!("the freeze {freeze} begins"),
        (None, None) => "the calendar ends".to_owned(),
    };
    let reason = format!(
        "The run is expected to take {}, which does not fit: {what} on {closes}.",
        in_words(expected)
    );
    Gate::shut(GateKind::Window, reason, wait(input, calendar))
}

fn why_shut(input: &GateInput, because: &Closure) -> String {
    match because {
        Closure::Frozen(freeze) => {
            let until = freeze
                .instants()
                .map(|(_, end)| spoken(end, &freeze.time_zone))
                .unwrap_or_default();
            format!(
                "The freeze {} holds every change until {until}: {}.",
                freeze.name,
                freeze.reason.trim_end_matches('.')
            )
        }
        Closure::OutsideWindows => {
            format!(
                "A {} change needs a window, and none of {} is open now.",
                input.class, input.environment
            )
        }
    }
}

/// What to wait for: the next slot in which the run fits.
fn wait(input: &GateInput, calendar: &Calendar) -> String {
    let expected = input.expected_duration.unwrap_or_default();
    match calendar.next_fitting(input.now, expected) {
        Some(slot) => format!(
            "wait until {}, or schedule it with {}",
            spoken(slot.start, &slot.time_zone),
            commands::apply_in_next_window(input)
        ),
        None => format!(
            "name a window of at least {} for {} in `.lockkeeper/project.toml`; none opens within {SEARCHED_DAYS} days",
            in_words(expected.max(Duration::from_secs(60))),
            input.environment
        ),
    }
}

fn in_words(duration: Duration) -> String {
    let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    format!("{:#}", SignedDuration::from_secs(seconds))
}
