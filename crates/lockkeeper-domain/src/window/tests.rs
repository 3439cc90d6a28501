//! Windows and freezes where clocks change, where they meet, and anywhere.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// `window("sunday", "02:00-06:00", "Europe/Berlin")`; several days are separated by blanks.
fn window(days: &str, times: &str, zone: &str) -> Window {
    let (start, end) = times.split_once('-').unwrap();
    Window {
        name: "window".parse().unwrap(),
        days: days.split(' ').map(|day| day.parse().unwrap()).collect(),
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
        time_zone: TimeZone::get(zone).unwrap(),
    }
}

fn freeze(from: &str, to: &str, zone: &str) -> Freeze {
    Freeze {
        name: "year-end".parse().unwrap(),
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        time_zone: TimeZone::get(zone).unwrap(),
        reason: "Retail peak".to_owned(),
    }
}

fn calendar(windows: Vec<Window>, freezes: Vec<Freeze>) -> Calendar {
    Calendar { windows, freezes }
}

/// The next slot of a single window, as `start/end` in UTC.
fn next(window: Window, after: &str) -> String {
    let slot = calendar(vec![window], vec![])
        .next_opening(instant(after))
        .unwrap();
    format!("{}/{}", slot.start, slot.end)
}

#[test]
fn paris_in_winter_and_in_summer() {
    let weekend = window("saturday", "02:00-06:00", "Europe/Paris");
    assert_eq!(
        next(weekend.clone(), "2026-11-25T12:00:00Z"),
        "2026-11-28T01:00:00Z/2026-11-28T05:00:00Z"
    );
    assert_eq!(
        next(weekend, "2026-07-01T12:00:00Z"),
        "2026-07-04T00:00:00Z/2026-07-04T04:00:00Z"
    );
}

#[test]
fn a_start_in_a_gap_is_the_jump() {
    // Berlin goes from 02:00 to 03:00 on 2026-03-29, at 01:00 UTC.
    for times in ["02:00-06:00", "02:30-06:00", "03:00-06:00"] {
        let sunday = window("sunday", times, "Europe/Berlin");
        assert_eq!(
            next(sunday, "2026-03-28T12:00:00Z"),
            "2026-03-29T01:00:00Z/2026-03-29T04:00:00Z",
            "{times}"
        );
    }
}

#[test]
fn an_end_in_a_gap_is_the_jump() {
    let sunday = window("sunday", "01:00-02:30", "Europe/Berlin");
    assert_eq!(
        next(sunday, "2026-03-28T12:00:00Z"),
        "2026-03-29T00:00:00Z/2026-03-29T01:00:00Z"
    );
}

#[test]
fn a_window_inside_a_gap_is_left_out() {
    let sunday = window("sunday", "02:15-02:45", "Europe/Berlin");
    assert_eq!(
        next(sunday, "2026-03-28T12:00:00Z"),
        "2026-04-05T00:15:00Z/2026-04-05T00:45:00Z"
    );
}

#[test]
fn a_fold_takes_the_earlier_start_and_the_later_end() {
    // Berlin goes from 03:00 back to 02:00 on 2026-10-25, at 01:00 UTC.
    let starts = window("sunday", "02:30-06:00", "Europe/Berlin");
    assert_eq!(
        next(starts, "2026-10-24T12:00:00Z"),
        "2026-10-25T00:30:00Z/2026-10-25T05:00:00Z"
    );
    let ends = window("sunday", "01:00-02:30", "Europe/Berlin");
    assert_eq!(
        next(ends, "2026-10-24T12:00:00Z"),
        "2026-10-24T23:00:00Z/2026-10-25T01:30:00Z"
    );
}

#[test]
fn new_york_across_midnight_and_a_gap() {
    // 22:00 EST to 04:00 EDT, one hour short of the six on the clock.
    let night = window("saturday", "22:00-04:00", "America/New_York");
    assert_eq!(
        next(night, "2026-03-07T12:00:00Z"),
        "2026-03-08T03:00:00Z/2026-03-08T08:00:00Z"
    );
}

#[test]
fn lord_howe_changes_by_half_an_hour() {
    let spring = window("sunday", "02:00-04:00", "Australia/Lord_Howe");
    assert_eq!(
        next(spring, "2026-10-03T12:00:00Z"),
        "2026-10-03T15:30:00Z/2026-10-03T17:00:00Z"
    );
    let autumn = window("sunday", "01:30-03:00", "Australia/Lord_Howe");
    assert_eq!(
        next(autumn, "2026-04-04T12:00:00Z"),
        "2026-04-04T14:30:00Z/2026-04-04T16:30:00Z"
    );
}

#[test]
fn utc_and_equal_times_make_a_whole_day() {
    let day = window("sunday", "00:00-00:00", "UTC");
    assert_eq!(
        next(day, "2026-03-27T00:00:00Z"),
        "2026-03-29T00:00:00Z/2026-03-30T00:00:00Z"
    );
}

#[test]
fn open_from_the_start_and_shut_from_the_end() {
    let calendar = calendar(vec![window("saturday", "02:00-06:00", "UTC")], vec![]);
    let is_open = |at: &str| matches!(calendar.opening_at(instant(at)), Opening::Open(_));
    assert!(!is_open("2026-11-28T01:59:59.999Z"));
    assert!(is_open("2026-11-28T02:00:00Z"));
    assert!(is_open("2026-11-28T05:59:59.999Z"));
    assert!(!is_open("2026-11-28T06:00:00Z"));
}

#[test]
fn still_open_after_midnight() {
    let calendar = calendar(vec![window("friday", "22:00-02:00", "Europe/Paris")], vec![]);
    let Opening::Open(slot) = calendar.opening_at(instant("2026-11-28T00:30:00Z")) else {
        panic!("shut")
    };
    assert_eq!(slot.end, instant("2026-11-28T01:00:00Z"));
}

#[test]
fn windows_that_meet_or_overlap_are_one() {
    let windows = vec![
        window("friday", "22:00-00:00", "UTC"),
        window("saturday", "00:00-03:00", "UTC"),
    ];
    let slot = calendar(windows, vec![])
        .next_opening(instant("2026-11-25T00:00:00Z"))
        .unwrap();
    assert_eq!(slot.start, instant("2026-11-27T22:00:00Z"));
    assert_eq!(slot.end, instant("2026-11-28T03:00:00Z"));
}

#[test]
fn a_freeze_wins_over_a_window() {
    let calendar = calendar(
        vec![window("saturday", "02:00-06:00", "Europe/Paris")],
        vec![freeze("2026-12-20T00:00", "2027-01-02T04:00", "Europe/Paris")],
    );
    let Opening::Shut {
        because: Closure::Frozen(freeze),
        next: Some(next),
    } = calendar.opening_at(instant("2026-12-26T02:00:00Z"))
    else {
        panic!("open in a freeze")
    };
    assert_eq!(freeze.name.as_str(), "year-end");
    // The freeze ends inside of a window.
    assert_eq!(next.start, instant("2027-01-02T03:00:00Z"));
    assert_eq!(next.end, instant("2027-01-02T05:00:00Z"));
}

#[test]
fn without_windows_it_is_open_but_for_freezes() {
    let always = Calendar::default();
    assert!(always.fits(instant("2026-12-26T02:00:00Z"), Duration::from_secs(3600)));
    let frozen = calendar(
        vec![],
        vec![freeze("2026-12-20T00:00", "2027-01-03T00:00", "Europe/Paris")],
    );
    assert!(!frozen.fits(instant("2026-12-26T02:00:00Z"), Duration::ZERO));
    assert!(
        !frozen.fits(instant("2026-12-19T22:30:00Z"), Duration::from_secs(3600)),
        "runs into the freeze"
    );
    let next = frozen.next_opening(instant("2026-12-26T02:00:00Z")).unwrap();
    assert_eq!(next.start, instant("2027-01-02T23:00:00Z"));
}

#[test]
fn a_run_fits_up_to_the_end_and_no_longer() {
    let calendar = calendar(vec![window("saturday", "02:00-06:00", "UTC")], vec![]);
    let at = instant("2026-11-28T05:00:00Z");
    assert!(calendar.fits(at, Duration::from_secs(3600)));
    assert!(!calendar.fits(at, Duration::from_secs(3601)));
    let next = calendar.next_fitting(at, Duration::from_secs(3601)).unwrap();
    assert_eq!(next.start, instant("2026-12-05T02:00:00Z"));
    assert_eq!(
        calendar.next_fitting(at, Duration::from_secs(60)).unwrap().start,
        at,
        "it is open now"
    );
    assert_eq!(
        calendar.next_fitting(at, Duration::from_secs(5 * 3600)),
        None,
        "longer than any window"
    );
}

#[test]
fn the_search_is_bounded() {
    let calendar = calendar(
        vec![window("saturday", "02:00-06:00", "UTC")],
        vec![freeze("2026-01-01T00:00", "2030-01-01T00:00", "UTC")],
    );
    assert_eq!(calendar.next_opening(instant("2026-06-01T00:00:00Z")), None);
}

#[test]
fn spoken_as_people_read_it() {
    let paris = TimeZone::get("Europe/Paris").unwrap();
    assert_eq!(
        spoken(instant("2026-11-28T01:00:00Z"), &paris),
        "Saturday 2026-11-28 02:00 Europe/Paris"
    );
}

const ZONES: [&str; 6] = [
    "UTC",
    "Europe/Berlin",
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
];

fn any_window() -> impl Strategy<Value = Window> {
    let days = proptest::collection::btree_set(proptest::sample::select(Day::ALL.to_vec()), 1..4);
    let minute = 0i16..24 * 60;
    (
        days,
        minute.clone(),
        minute,
        proptest::sample::select(ZONES.to_vec()),
    )
        .prop_map(|(days, start, end, zone)| {
            let time = |minute: i16| Time::constant((minute / 60) as i8, (minute % 60) as i8, 0, 0);
            Window {
                name: "window".parse().unwrap(),
                days,
                start: time(start),
                end: time(end),
                time_zone: TimeZone::get(zone).unwrap(),
            }
        })
}

fn any_freeze() -> impl Strategy<Value = Freeze> {
    (
        0i64..2 * 365 * 24,
        1i64..60 * 24,
        proptest::sample::select(ZONES.to_vec()),
    )
        .prop_map(|(start, hours, zone)| {
            let from = DateTime::constant(2025, 6, 1, 0, 0, 0, 0) + start.hours();
            Freeze {
                name: "freeze".parse().unwrap(),
                from,
                to: from + hours.hours(),
                time_zone: TimeZone::get(zone).unwrap(),
                reason: "r".to_owned(),
            }
        })
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    (
        proptest::collection::vec(any_window(), 0..3),
        proptest::collection::vec(any_freeze(), 0..3),
    )
        .prop_map(|(windows, freezes)| Calendar { windows, freezes })
}

/// A second of the years 2025 to 2027.
fn any_instant() -> impl Strategy<Value = Timestamp> {
    (1_735_689_600i64..1_830_000_000).prop_map(|second| Timestamp::from_second(second).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What people read on the clock is what is open, away from the days on which clocks change.
    #[test]
    fn open_when_the_clock_says_so(window in any_window(), at in any_instant()) {
        let zoned = at.to_zoned(window.time_zone.clone());
        let day_before = zoned.checked_sub(1.day()).unwrap();
        prop_assume!(day_before.offset() == zoned.checked_add(1.day()).unwrap().offset());
        let starts_on = |day: &jiff::Zoned| window.days.contains(&Day::from(day.weekday()));
        let overnight = window.end <= window.start;
        let time = zoned.time();
        let since_today = starts_on(&zoned) && time >= window.start && (overnight || time < window.end);
        let since_yesterday = starts_on(&day_before) && overnight && time < window.end;
        let is_open = matches!(calendar(vec![window.clone()], vec![]).opening_at(at), Opening::Open(_));
        prop_assert_eq!(is_open, since_today || since_yesterday);
    }

    #[test]
    fn slots_open_and_shut_where_they_say(calendar in any_calendar(), at in any_instant()) {
        let tick = jiff::SignedDuration::from_nanos(1);
        if let Some(slot) = calendar.next_opening(at) {
            prop_assert!(at < slot.start && slot.start < slot.end);
            prop_assert!(!calendar.fits(slot.start - tick, Duration::ZERO), "open before its start");
            prop_assert!(calendar.fits(slot.start, Duration::ZERO));
            prop_assert!(calendar.fits(slot.end - tick, Duration::from_nanos(1)));
            let is_cut_by_the_search = slot.end == at + jiff::SignedDuration::from_hours(24 * SEARCHED_DAYS);
            prop_assert!(is_cut_by_the_search || !calendar.fits(slot.end - tick, Duration::from_nanos(2)));
        }
        if let Opening::Open(slot) = calendar.opening_at(at) {
            prop_assert!(slot.start <= at && at < slot.end);
        }
    }

    #[test]
    fn nothing_is_open_in_a_freeze(calendar in any_calendar(), at in any_instant()) {
        let is_frozen = calendar.freezes.iter().filter_map(Freeze::instants).any(|(start, end)| start <= at && at < end);
        if is_frozen {
            let is_held = matches!(calendar.opening_at(at), Opening::Shut { because: Closure::Frozen(_), .. });
            prop_assert!(is_held);
        }
    }

    #[test]
    fn no_instant_is_too_strange(calendar in any_calendar(), second in -377_705_023_201i64..=253_402_207_200) {
        let at = Timestamp::from_second(second).unwrap();
        calendar.opening_at(at);
        calendar.next_fitting(at, Duration::MAX);
    }
}
