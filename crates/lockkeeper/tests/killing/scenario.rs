//! One killing test: its seed, its length, its folder and its history.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::checker::History;
use crate::history::{Line, Outcome, Recorder};
use crate::workload::STATES;

/// A history with fewer writes that were accepted proves nothing.
const ENOUGH_WRITES: usize = STATES.len() * 5;
/// How long the slowest machine is waited for.
const LONGEST: Duration = Duration::from_secs(90);

/// What every killing test begins and ends with.
pub struct Scenario {
    pub chance: Chance,
    pub recorder: Arc<Recorder>,
    folder: tempfile::TempDir,
    name: &'static str,
    seed: u64,
    duration: Duration,
}

impl Scenario {
    /// Begins a test that lasts so long unless `KILLING_SECONDS` says otherwise, with a new seed unless
    /// `KILLING_SEED` names one.
    pub fn begin(name: &'static str, seconds: u64) -> Self {
        let seed = number("KILLING_SEED").unwrap_or_else(|| getrandom::u64().unwrap());
        let duration = Duration::from_secs(number("KILLING_SECONDS").unwrap_or(seconds));
        let history = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("killing-{name}.jsonl"));
        println!(
            "killing test {name}: KILLING_SEED={seed} KILLING_SECONDS={}, history in {}",
            duration.as_secs(),
            history.display()
        );
        Self {
            chance: Chance::new(seed),
            recorder: Arc::new(Recorder::create(&history)),
            folder: tempfile::tempdir().unwrap(),
            name,
            seed,
            duration,
        }
    }

    /// A folder of the test.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// For how long people work, at least.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Whether people who began then may stop: their time is over, and enough was written. A slow machine takes
    /// longer for that, but not for ever.
    pub fn is_over(&self, begin: Instant) -> bool {
        let enough = self.recorder.writes_accepted() >= ENOUGH_WRITES;
        begin.elapsed()
            >= if enough {
                self.duration
            } else {
                self.duration.max(LONGEST)
            }
    }

    /// Judges the history.
    ///
    /// # Panics
    /// When the history is wrong, or so little happened that it proves nothing.
    pub fn judge(self) {
        let recorder = Arc::into_inner(self.recorder).expect("everybody has gone home");
        let (lines, file) = recorder.finish();
        let tally = Tally::of(&lines);
        println!("killing test {}: {tally:?}", self.name);
        let wrong = History::new(&lines).judge();
        assert!(
            wrong.is_empty(),
            "{} things are wrong with the history in {} (KILLING_SEED={}):\n{}",
            wrong.len(),
            file.display(),
            self.seed,
            wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n")
        );
        assert!(
            tally.writes_accepted >= ENOUGH_WRITES && tally.unknown > 0 && tally.faults > 0,
            "too little happened to prove anything: {tally:?}"
        );
    }
}

/// How much happened.
#[derive(Debug, Default)]
struct Tally {
    requests: usize,
    accepted: usize,
    refused: usize,
    unknown: usize,
    writes_accepted: usize,
    locks_broken: usize,
    faults: usize,
    versions: usize,
}

impl Tally {
    fn of(lines: &[Line]) -> Self {
        let mut tally = Self::default();
        for line in lines {
            match line {
                Line::Request(request) => {
                    tally.requests += 1;
                    match request.outcome {
                        Outcome::Unknown { .. } => tally.unknown += 1,
                        Outcome::Refused { .. } => tally.refused += 1,
                        _ => tally.accepted += 1,
                    }
                    tally.writes_accepted += usize::from(request.is_accepted_write());
                }
                Line::Fault { .. } => tally.faults += 1,
                Line::Kept { .. } => tally.versions += 1,
                Line::Audit(entry) => {
                    tally.locks_broken += usize::from(entry.action == "state.force-unlock");
                }
                Line::User { .. } => {}
            }
        }
        tally
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is no number: {text}")),
    )
}
