//! `[retention]`.

use lockkeeper_domain::state_retention::Retention;

use crate::reading::{Problems, Section};

const DEFAULT_VERSIONS: u64 = 100;
const DEFAULT_DAYS: u64 = 365;
const MOST_VERSIONS: u64 = 1_000_000;
const MOST_DAYS: u64 = 36_500;

pub(super) fn read(mut section: Section<'_>, problems: &mut Problems<'_>) -> Option<Retention> {
    let mut number = |name, default, most: u64| {
        let value = section.take(name);
        let number = value.map_or(Some(default), |value| value.number(0..most + 1, problems));
        number.and_then(|number| u32::try_from(number).ok())
    };
    let versions = number("state_versions", DEFAULT_VERSIONS, MOST_VERSIONS);
    let days = number("state_days", DEFAULT_DAYS, MOST_DAYS);
    section.finish(problems);
    Some(Retention {
        versions: versions?,
        days: days?,
    })
}
