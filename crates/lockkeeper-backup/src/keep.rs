use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use crate::BackupId;

/// How many backups stay: the newest ones, and the newest of each day, week and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// The newest, whatever their age. At least one always stays.
    pub newest: usize,
    /// Days.
    pub days: usize,
    /// Weeks.
    pub weeks: usize,
    /// Months.
    pub months: usize,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            newest: 3,
            days: 7,
            weeks: 4,
            months: 6,
        }
    }
}

impl Keep {
    /// The backups that may go. `all` is sorted, oldest first.
    pub fn superfluous(&self, all: &[BackupId]) -> Vec<BackupId> {
        let mut stay: BTreeSet<&BackupId> = all.iter().rev().take(self.newest.max(1)).collect();
        stay.extend(newest_of_each(all, self.days, |date| {
            (date.year(), date.day_of_year())
        }));
        stay.extend(newest_of_each(all, self.weeks, |date| {
            let week = date.iso_week_date();
            (week.year(), i16::from(week.week()))
        }));
        stay.extend(newest_of_each(all, self.months, |date| {
            (date.year(), i16::from(date.month()))
        }));
        all.iter().filter(|id| !stay.contains(id)).cloned().collect()
    }
}

fn newest_of_each(
    all: &[BackupId],
    count: usize,
    period: impl Fn(jiff::civil::Date) -> (i16, i16),
) -> impl Iterator<Item = &BackupId> {
    let mut last = None;
    let newest = all.iter().rev().filter(move |id| {
        let this = Some(period(id.begun_at().to_zoned(TimeZone::UTC).date()));
        let is_newest = this != last;
        last = this;
        is_newest
    });
    newest.take(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{SignedDuration, Timestamp};

    fn hourly(hours: i64) -> Vec<BackupId> {
        let first: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        (0..hours)
            .map(|hour| BackupId::new(first + SignedDuration::from_hours(hour), [0; 2]))
            .collect()
    }

    #[test]
    fn the_newest_of_each_period_stay() {
        let all = hourly(24 * 90);
        let keep = Keep {
            newest: 2,
            days: 3,
            weeks: 2,
            months: 4,
        };
        let gone = keep.superfluous(&all);
        let stay: Vec<_> = all
            .iter()
            .filter(|id| !gone.contains(id))
            .map(|id| id.as_str()[..11].to_owned())
            .collect();
        assert_eq!(
            stay,
            [
                "20260131T23",
                "20260228T23",
                "20260329T23",
                "20260330T23",
                "20260331T22",
                "20260331T23"
            ]
        );
    }

    #[test]
    fn the_last_one_always_stays() {
        let keep = Keep {
            newest: 0,
            days: 0,
            weeks: 0,
            months: 0,
        };
        assert_eq!(keep.superfluous(&hourly(5)).len(), 4);
        assert!(keep.superfluous(&[]).is_empty());
    }
}
