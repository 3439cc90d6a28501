//! Windows and freezes: when runs may start, and when nothing runs.
//!
//! Both are written in civil time, as people say them, and become instants here. Where the clocks
//! change, the civil time is read so that a window is never shorter than what people expect to see on
//! the clock:
//! - a time that the clocks skip (a gap) stands for the instant at which they jump: a window that
//!   starts at 02:30 when the clocks go from 02:00 to 03:00 starts at 03:00, and one that would end at
//!   02:30 ends as the clocks jump;
//! - a time that the clocks show twice (a fold) is the earlier one for a start, the later one for an
//!   end.

mod calendar;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

pub use calendar::{Calendar, Closure, Opening, SEARCHED_DAYS, Slot};

use crate::name::Name;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    /// Every day, Monday first.
    pub const ALL: [Day; 7] = [
        Day::Monday,
        Day::Tuesday,
        Day::Wednesday,
        Day::Thursday,
        Day::Friday,
        Day::Saturday,
        Day::Sunday,
    ];

    /// The day's English name in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Day::Monday => "monday",
            Day::Tuesday => "tuesday",
            Day::Wednesday => "wednesday",
            Day::Thursday => "thursday",
            Day::Friday => "friday",
            Day::Saturday => "saturday",
            Day::Sunday => "sunday",
        }
    }
}

impl From<Weekday> for Day {
    fn from(weekday: Weekday) -> Self {
        match weekday {
            Weekday::Monday => Day::Monday,
            Weekday::Tuesday => Day::Tuesday,
            Weekday::Wednesday => Day::Wednesday,
            Weekday::Thursday => Day::Thursday,
            Weekday::Friday => Day::Friday,
            Weekday::Saturday => Day::Saturday,
            Weekday::Sunday => Day::Sunday,
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is no day of the week.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a day: use monday, tuesday, wednesday, thursday, friday, saturday or sunday")]
pub struct InvalidDay(String);

impl FromStr for Day {
    type Err = InvalidDay;

    fn from_str(text: &str) -> Result<Self, InvalidDay> {
        Day::ALL
            .into_iter()
            .find(|day| day.as_str() == text)
            .ok_or_else(|| InvalidDay(text.chars().take(80).collect()))
    }
}

/// A recurring time in which runs may start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The name that environments refer to.
    pub name: Name,
    /// The days on which it starts.
    pub days: BTreeSet<Day>,
    /// When it starts on each of the days.
    pub start: Time,
    /// When it ends; on the next day when this is not after the start, so that equal times make a
    /// window of a whole day.
    pub end: Time,
    /// The time zone in which the days and times are meant.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub time_zone: TimeZone,
}

impl Window {
    /// The instants between which the window is open when it starts on the date; `None` when it does
    /// not start then, or when the clocks skip all of it.
    fn on(&self, date: Date) -> Option<(Timestamp, Timestamp)> {
        if !self.days.contains(&Day::from(date.weekday())) {
            return None;
        }
        let last_date = if self.end > self.start {
            date
        } else {
            date.checked_add(1.day()).ok()?
        };
        let start = first_instant(date.to_datetime(self.start), &self.time_zone)?;
        let end = last_instant(last_date.to_datetime(self.end), &self.time_zone)?;
        (start < end).then_some((start, end))
    }
}

/// A time in which nothing runs but rollbacks, whatever the windows say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// The name.
    pub name: Name,
    /// When it starts.
    pub from: DateTime,
    /// When it ends.
    pub to: DateTime,
    /// The time zone in which both are meant.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub time_zone: TimeZone,
    /// Why, in a few words: `Retail peak`.
    pub reason: String,
}

impl Freeze {
    /// The instants between which nothing runs; `None` when it ends before it starts.
    pub fn instants(&self) -> Option<(Timestamp, Timestamp)> {
        let start = first_instant(self.from, &self.time_zone)?;
        let end = last_instant(self.to, &self.time_zone)?;
        (start < end).then_some((start, end))
    }
}

/// The first instant at which the clocks show the civil time, or the jump when they skip it.
fn first_instant(civil: DateTime, time_zone: &TimeZone) -> Option<Timestamp> {
    jump_over(civil, time_zone).or_else(|| time_zone.to_ambiguous_timestamp(civil).earlier().ok())
}

/// The last instant at which the clocks show the civil time, or the jump when they skip it.
fn last_instant(civil: DateTime, time_zone: &TimeZone) -> Option<Timestamp> {
    jump_over(civil, time_zone).or_else(|| time_zone.to_ambiguous_timestamp(civil).later().ok())
}

/// The instant at which the clocks jump over the civil time; `None` when they show it.
fn jump_over(civil: DateTime, time_zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = time_zone.to_ambiguous_timestamp(civil);
    let AmbiguousOffset::Gap { .. } = ambiguous.offset() else {
        return None;
    };
    // The earlier reading of a skipped time lies before the jump, so the jump is the next transition.
    let before = ambiguous.earlier().ok()?;
    time_zone
        .following(before)
        .next()
        .map(|transition| transition.timestamp())
}

/// An instant as people read it: `Saturday 2026-11-28 02:00 Europe/Paris`.
pub fn spoken(instant: Timestamp, time_zone: &TimeZone) -> String {
    let zoned = instant.to_zoned(time_zone.clone());
    let zone = time_zone.iana_name().unwrap_or("UTC");
    format!("{} {zone}", zoned.strftime("%A %Y-%m-%d %H:%M"))
}

#[cfg(test)]
mod tests;
