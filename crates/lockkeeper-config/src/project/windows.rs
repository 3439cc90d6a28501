//! `[windows.NAME]` and `[freezes.NAME]`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::window::{Day, Freeze, Window};

use super::FreezeConfig;
use crate::reading::{Entry, Problems, Section, Value};

/// Every window that has a name; `None` for one whose declaration has mistakes.
pub(super) type DeclaredWindows = BTreeMap<Name, Option<Window>>;

pub(super) fn read_windows(section: Section<'_>, problems: &mut Problems<'_>) -> DeclaredWindows {
    let mut windows = BTreeMap::new();
    for entry in few_entries(section, problems) {
        let Some(name) = entry.name(problems) else {
            continue;
        };
        let window = read_window(name.clone(), &entry, problems);
        windows.insert(name, window);
    }
    windows
}

fn read_window(name: Name, entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<Window> {
    let mut section = entry.value.section(problems)?;
    let days = section
        .require("days", problems)
        .and_then(|value| read_days(&value, problems));
    let start = section
        .require("start", problems)
        .and_then(|value| read_time(&value, problems));
    let end = section
        .require("end", problems)
        .and_then(|value| read_time(&value, problems));
    let time_zone = section
        .require("time_zone", problems)
        .and_then(|value| read_zone(&value, problems));
    section.finish(problems);
    Some(Window {
        name,
        days: days?,
        start: start?,
        end: end?,
        time_zone: time_zone?,
    })
}

pub(super) fn read_freezes(section: Section<'_>, problems: &mut Problems<'_>) -> Vec<FreezeConfig> {
    few_entries(section, problems)
        .iter()
        .filter_map(|entry| read_freeze(entry, problems))
        .collect()
}

fn read_freeze(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<FreezeConfig> {
    let name = entry.name(problems);
    let mut section = entry.value.section(problems)?;
    let from = section
        .require("from", problems)
        .and_then(|value| read_date_time(&value, problems));
    let end = section.require("to", problems);
    let to = end.as_ref().and_then(|value| read_date_time(value, problems));
    let time_zone = section
        .require("time_zone", problems)
        .and_then(|value| read_zone(&value, problems));
    let reason = section
        .require("reason", problems)
        .and_then(|value| value.filled_text(problems));
    let listed = section
        .take("environments")
        .and_then(|value| value.list(problems))
        .unwrap_or_default();
    let environments: BTreeSet<Name> = listed.iter().filter_map(|value| value.parsed(problems)).collect();
    section.finish(problems);
    if let (Some(from), Some(to), Some(end)) = (from, to, end)
        && to <= from
    {
        end.refuse::<()>(
            problems,
            format!("The freeze ends at {to}, which is not after its start at {from}."),
            None,
        );
    }
    let freeze = Freeze {
        name: name?,
        from: from?,
        to: to?,
        time_zone: time_zone?,
        reason: reason?.to_owned(),
    };
    Some(FreezeConfig { freeze, environments })
}

/// The entries of a table; none but a mistake when there are more than anybody needs. Each question to
/// a calendar walks through all of them.
fn few_entries<'a>(section: Section<'a>, problems: &mut Problems<'_>) -> Vec<Entry<'a>> {
    const MOST: usize = 100;
    let span = section.span();
    let entries = section.entries();
    if entries.len() <= MOST {
        return entries;
    }
    problems.add(
        span,
        format!(
            "There are {} windows or freezes here, and at most {MOST} are read.",
            entries.len()
        ),
        None,
    );
    Vec::new()
}

fn read_days(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<BTreeSet<Day>> {
    let listed = value.list(problems)?;
    let mut days = BTreeSet::new();
    for element in &listed {
        let Some(text) = element.text(problems) else {
            continue;
        };
        match text.parse::<Day>() {
            Ok(day) if days.insert(day) => {}
            Ok(day) => element
                .refuse(problems, format!("The day {day} is named twice."), None)
                .unwrap_or(()),
            Err(error) => {
                let hint = problems.did_you_mean(text, Day::ALL.map(Day::as_str));
                element.refuse(problems, format!("{error}."), hint).unwrap_or(())
            }
        }
    }
    if listed.is_empty() {
        return value.refuse(problems, "A window without days never opens.", None);
    }
    Some(days)
}

fn read_time(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Time> {
    let text = value.civil(problems)?;
    // A longer text is a date, or has an offset that would be ignored.
    let parsed = text
        .parse::<Time>()
        .ok()
        .filter(|_| text.len() <= "02:00:00".len());
    parsed.or_else(|| {
        let hint =
            Some("Write it like `02:00`; midnight is `00:00`, at the end of a day as well.".to_owned());
        value.refuse(
            problems,
            format!("`{}`: `{text}` is not a time of the day.", value.path()),
            hint,
        )
    })
}

fn read_date_time(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<DateTime> {
    let text = value.civil(problems)?;
    // A longer text has an offset or a time zone, which would be ignored.
    let parsed = text
        .parse::<DateTime>()
        .ok()
        .filter(|_| text.len() <= "2026-12-20T00:00:00".len());
    parsed.or_else(|| {
        let hint =
            Some("Write it like `2026-12-20T00:00`; the time zone has a setting of its own.".to_owned());
        value.refuse(
            problems,
            format!("`{}`: `{text}` is not a date and time.", value.path()),
            hint,
        )
    })
}

fn read_zone(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<TimeZone> {
    let text = value.text(problems)?;
    // `Etc/Unknown` is a name too, for a zone that nobody has found out.
    if let Some(time_zone) = TimeZone::get(text).ok().filter(|zone| !zone.is_unknown()) {
        return Some(time_zone);
    }
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let hint = problems
        .did_you_mean(text, names.iter().map(String::as_str))
        .unwrap_or_else(|| "Use a name of the IANA database, such as `Europe/Paris` or `UTC`.".to_owned());
    value.refuse(problems, format!("There is no time zone `{text}`."), Some(hint))
}
