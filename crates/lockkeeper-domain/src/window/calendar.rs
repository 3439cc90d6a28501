//! Windows and freezes put together: when may a run start?

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::{Freeze, Window};
use crate::name::Name;

/// How far ahead openings are looked for. What opens only later counts as never.
pub const SEARCHED_DAYS: i64 = 400;

/// The windows of an environment, and the freezes that overrule them. Without windows it is open at
/// any time outside the freezes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// When runs may start; any time when empty.
    pub windows: Vec<Window>,
    /// When nothing runs.
    pub freezes: Vec<Freeze>,
}

/// A stretch of time in which runs may start: windows that meet or overlap are one, less the freezes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// When it opens.
    pub start: Timestamp,
    /// When it closes; never later than [`SEARCHED_DAYS`] from where the search began.
    pub end: Timestamp,
    /// The window that opens it; `None` when the calendar has no windows.
    pub window: Option<Name>,
    /// The freeze that ends it; `None` when its window closes.
    pub ended_by: Option<Name>,
    /// The time zone in which people read the two times.
    pub time_zone: TimeZone,
}

impl Slot {
    fn cut(&self, start: Timestamp, end: Timestamp) -> Option<Slot> {
        (start < end).then(|| Slot {
            start,
            end,
            ..self.clone()
        })
    }
}

/// What the calendar says about one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// A run may start.
    Open(Slot),
    /// No run may start.
    Shut {
        /// Why not.
        because: Closure,
        /// When one may next; `None` when that is more than [`SEARCHED_DAYS`] away.
        next: Option<Slot>,
    },
}

/// Why a calendar is shut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closure {
    /// A freeze is on.
    Frozen(Freeze),
    /// No window is open.
    OutsideWindows,
}

impl Calendar {
    /// The same freezes without the windows: for changes that need no window.
    pub fn without_windows(&self) -> Calendar {
        Calendar {
            windows: Vec::new(),
            freezes: self.freezes.clone(),
        }
    }

    /// Whether a run may start at the instant.
    pub fn opening_at(&self, at: Timestamp) -> Opening {
        let first = self.slots(at).into_iter().next();
        match first {
            Some(slot) if slot.start <= at => Opening::Open(slot),
            next => Opening::Shut {
                because: self.closure(at),
                next,
            },
        }
    }

    /// The first slot that opens after the instant, not the one that is open at it; `None` when there
    /// is none within [`SEARCHED_DAYS`].
    pub fn next_opening(&self, after: Timestamp) -> Option<Slot> {
        self.slots(after).into_iter().find(|slot| slot.start > after)
    }

    /// The first slot in which a run of the duration fits, the one that is open now included (its start
    /// is then the instant given); `None` when there is none within [`SEARCHED_DAYS`].
    pub fn next_fitting(&self, from: Timestamp, expected: Duration) -> Option<Slot> {
        self.slots(from)
            .into_iter()
            .filter_map(|slot| slot.cut(slot.start.max(from), slot.end))
            .find(|slot| fits_between(slot.start, slot.end, expected))
    }

    /// Whether a run of the duration that starts at the instant stands inside one slot.
    pub fn fits(&self, at: Timestamp, expected: Duration) -> bool {
        match self.opening_at(at) {
            Opening::Open(slot) => fits_between(at, slot.end, expected),
            Opening::Shut { .. } => false,
        }
    }

    fn closure(&self, at: Timestamp) -> Closure {
        let is_on = |freeze: &&Freeze| {
            freeze
                .instants()
                .is_some_and(|(start, end)| start <= at && at < end)
        };
        // Of several freezes the one that lasts longest says when it is over.
        let last_to_end = self
            .freezes
            .iter()
            .filter(is_on)
            .max_by_key(|freeze| freeze.instants().map(|(_, end)| end));
        last_to_end.map_or(Closure::OutsideWindows, |freeze| Closure::Frozen(freeze.clone()))
    }

    /// All slots that end after the instant and start within the search, in order, none touching the
    /// next.
    fn slots(&self, from: Timestamp) -> Vec<Slot> {
        let horizon = from
            .saturating_add(SignedDuration::from_hours(24 * SEARCHED_DAYS))
            .unwrap_or(Timestamp::MAX);
        let mut slots = if self.windows.is_empty() {
            vec![self.any_time(from, horizon)]
        } else {
            merge(
                self.windows
                    .iter()
                    .flat_map(|window| occurrences(window, from, horizon))
                    .collect(),
            )
        };
        for freeze in &self.freezes {
            let Some((start, end)) = freeze.instants() else {
                continue;
            };
            let before = |slot: &Slot| {
                let mut before = slot.cut(slot.start, slot.end.min(start))?;
                if before.end < slot.end {
                    before.ended_by = Some(freeze.name.clone());
                }
                Some(before)
            };
            let after = |slot: &Slot| slot.cut(slot.start.max(end), slot.end);
            slots = slots
                .iter()
                .flat_map(|slot| [before(slot), after(slot)])
                .flatten()
                .collect();
        }
        slots.retain(|slot| slot.end > from);
        slots
    }

    fn any_time(&self, from: Timestamp, horizon: Timestamp) -> Slot {
        let time_zone = self
            .freezes
            .first()
            .map_or(TimeZone::UTC, |freeze| freeze.time_zone.clone());
        Slot {
            start: from,
            end: horizon,
            window: None,
            ended_by: None,
            time_zone,
        }
    }
}

fn fits_between(start: Timestamp, end: Timestamp, expected: Duration) -> bool {
    SignedDuration::try_from(expected).is_ok_and(|expected| end.duration_since(start) >= expected)
}

/// The slots of one window that may end after `from` and start before `horizon`.
fn occurrences(window: &Window, from: Timestamp, horizon: Timestamp) -> Vec<Slot> {
    // A window that started yesterday may still be open. At the very edge of the calendar there is
    // nothing before the first day.
    let today = from.to_zoned(window.time_zone.clone()).date();
    let first = today.checked_sub(1.day()).unwrap_or(Date::MIN);
    let last = horizon.to_zoned(window.time_zone.clone()).date();
    first
        .series(1.day())
        .take_while(|date| *date <= last)
        .filter_map(|date| window.on(date))
        .map(|(start, end)| Slot {
            start,
            end: end.min(horizon),
            window: Some(window.name.clone()),
            ended_by: None,
            time_zone: window.time_zone.clone(),
        })
        .filter(|slot| slot.start < slot.end)
        .collect()
}

/// Joins slots that meet or overlap. The one that starts first gives its name.
fn merge(mut slots: Vec<Slot>) -> Vec<Slot> {
    slots.sort_by_key(|slot| slot.start);
    let mut merged: Vec<Slot> = Vec::with_capacity(slots.len());
    for slot in slots {
        match merged.last_mut() {
            Some(last) if slot.start <= last.end => last.end = last.end.max(slot.end),
            _ => merged.push(slot),
        }
    }
    merged
}
