//! `[backup]`.

use std::path::{Path, PathBuf};

use jiff::civil::Time;

use crate::reading::{Problems, Section, Value};

/// How backups are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupConfig {
    /// Where they are kept: a folder, or `s3://BUCKET/PREFIX`.
    pub place: BackupPlace,
    /// When each day, in UTC; none when none is made by itself.
    pub daily_at: Option<Time>,
    /// Whether the newest is restored as a test after it was made by itself.
    pub drill: bool,
    /// How many of the newest stay.
    pub keep_newest: usize,
    /// For how many days the newest of each stays.
    pub keep_days: usize,
    /// For how many weeks the newest of each stays.
    pub keep_weeks: usize,
    /// For how many months the newest of each stays.
    pub keep_months: usize,
}

/// Where backups are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackupPlace {
    /// A folder.
    Folder(PathBuf),
    /// A bucket, with the prefix of the names in it, which may be empty.
    Bucket {
        /// The name of the bucket.
        bucket: String,
        /// What names of objects begin with.
        prefix: String,
    },
}

const DEFAULT_TIME: Time = Time::constant(2, 0, 0, 0);
const MOST_KEPT: u64 = 10_000;

pub(super) fn read(
    mut section: Section<'_>,
    data: &Path,
    problems: &mut Problems<'_>,
) -> Option<BackupConfig> {
    let place = match section.take("place") {
        Some(value) => read_place(&value, problems),
        None => Some(BackupPlace::Folder(data.join("backups"))),
    };
    let daily_at = match section.take("daily_at") {
        Some(value) => read_time(&value, problems),
        None => Some(Some(DEFAULT_TIME)),
    };
    let drill = section
        .take("drill")
        .map_or(Some(true), |value| value.boolean(problems));
    let mut keep = |name, default| {
        let value = section.take(name);
        let number = value.map_or(Some(default), |value| value.number(0..MOST_KEPT, problems));
        number.and_then(|number| usize::try_from(number).ok())
    };
    let (newest, days) = (keep("keep_newest", 3), keep("keep_days", 7));
    let (weeks, months) = (keep("keep_weeks", 4), keep("keep_months", 6));
    section.finish(problems);
    Some(BackupConfig {
        place: place?,
        daily_at: daily_at?,
        drill: drill?,
        keep_newest: newest?,
        keep_days: days?,
        keep_weeks: weeks?,
        keep_months: months?,
    })
}

fn read_place(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<BackupPlace> {
    let text = value.filled_text(problems)?;
    let place = BackupPlace::parse(text);
    if place.is_none() {
        let hint = Some("Write a folder, or `s3://BUCKET/PREFIX`.".to_owned());
        return value.refuse(
            problems,
            format!("`{}` is no place for backups.", value.path()),
            hint,
        );
    }
    place
}

impl BackupPlace {
    /// Reads a folder or `s3://BUCKET/PREFIX`; none when it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let Some(rest) = text.strip_prefix("s3://") else {
            return (!text.is_empty()).then(|| BackupPlace::Folder(PathBuf::from(text)));
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        (!bucket.is_empty() && !rest.contains(['?', '#', '@', ':'])).then(|| BackupPlace::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
        })
    }
}

/// A time of day, or `never`.
fn read_time(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Option<Time>> {
    let text = value.filled_text(problems)?;
    if text == "never" {
        return Some(None);
    }
    match Time::strptime("%H:%M", text) {
        Ok(time) => Some(Some(time)),
        Err(_) => {
            let hint = Some("Write it like `02:00`, in UTC, or `never`.".to_owned());
            value.refuse(problems, format!("`{}` is no time of day.", value.path()), hint)
        }
    }
}
