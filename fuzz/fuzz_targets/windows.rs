//! Windows and freezes of a project file, and when a run may start by them.
#![no_main]

use std::fmt::Write;
use std::time::Duration;

use arbitrary::Arbitrary;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use lockkeeper_config::project::ProjectConfig;
use lockkeeper_domain::window::{Calendar, Opening, Slot};

#[derive(Arbitrary, Debug)]
struct Input {
    windows: Vec<Window>,
    freezes: Vec<Freeze>,
    /// Seconds since 1970.
    at: i64,
    /// How long the run takes, in minutes.
    minutes: u16,
}

#[derive(Arbitrary, Debug)]
struct Window {
    days: u8,
    start: (u8, u8),
    end: (u8, u8),
    zone: u8,
}

#[derive(Arbitrary, Debug)]
struct Freeze {
    from: (u16, u8, u8, u8),
    to: (u16, u8, u8, u8),
    zone: u8,
}

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Among them those that change their clocks at midnight, by half an hour, or left out a whole day.
const ZONES: [&str; 10] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "No/Where",
];

fn project(input: &Input) -> String {
    let mut text = String::new();
    let mut names = Vec::new();
    for (at, window) in input.windows.iter().take(6).enumerate() {
        let days: Vec<&str> = (0..7)
            .filter(|day| window.days & (1 << day) != 0)
            .map(|day| DAYS[day])
            .collect();
        let time = |(hour, minute): (u8, u8)| format!("{:02}:{:02}", hour % 25, minute % 61);
        let (start, end, zone) = (time(window.start), time(window.end), zone(window.zone));
        _ = writeln!(
            text,
            "[windows.w{at}]\ndays = {days:?}\nstart = \"{start}\"\nend = \"{end}\"\ntime_zone = \"{zone}\""
        );
        names.push(format!("w{at}"));
    }
    for (at, freeze) in input.freezes.iter().take(6).enumerate() {
        let moment = |(year, month, day, hour): (u16, u8, u8, u8)| {
            format!(
                "{:04}-{:02}-{:02}T{:02}:00",
                1990 + year % 100,
                month % 14,
                day % 33,
                hour % 25
            )
        };
        let (from, to, zone) = (moment(freeze.from), moment(freeze.to), zone(freeze.zone));
        _ = writeln!(
            text,
            "[freezes.f{at}]\nfrom = \"{from}\"\nto = \"{to}\"\ntime_zone = \"{zone}\"\nreason = \"r\""
        );
    }
    _ = writeln!(text, "[environments.production]\nwindows = {names:?}");
    text
}

fn zone(index: u8) -> &'static str {
    ZONES[usize::from(index) % ZONES.len()]
}

fuzz_target!(|input: Input| {
    let Ok(config) = ProjectConfig::parse(&project(&input)) else {
        return;
    };
    // From 1970 to about 2100.
    let Ok(at) = Timestamp::from_second(input.at.rem_euclid(4_102_444_800)) else {
        return;
    };
    let calendar = config.calendar(&"production".parse().expect("a name"));
    check(&calendar, at, Duration::from_secs(60 * u64::from(input.minutes)));
});

fn check(calendar: &Calendar, at: Timestamp, expected: Duration) {
    let is_open = |at| matches!(calendar.opening_at(at), Opening::Open(_));
    let sound = |slot: &Slot| assert!(slot.start < slot.end, "{slot:?}");
    match calendar.opening_at(at) {
        Opening::Open(slot) => {
            sound(&slot);
            assert!(slot.start <= at && at < slot.end, "{at} {slot:?}");
        }
        Opening::Shut { next: Some(next), .. } => {
            sound(&next);
            assert!(next.start > at && is_open(next.start), "{at} {next:?}");
        }
        Opening::Shut { next: None, .. } => {}
    }
    if let Some(slot) = calendar.next_opening(at) {
        sound(&slot);
        assert!(slot.start > at && is_open(slot.start), "{at} {slot:?}");
    }
    if let Some(slot) = calendar.next_fitting(at, expected) {
        assert!(
            slot.start >= at && calendar.fits(slot.start, expected),
            "{at} {slot:?}"
        );
    }
}
