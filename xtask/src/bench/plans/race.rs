//! Several programs on the same files, in turns.

use std::path::Path;
use std::time::Duration;

use super::super::BenchError;
use super::super::measured::{self, Usage, Work};
use super::super::report::{self, Samples};
use super::OURS;

/// A program that takes part.
pub(super) struct Runner {
    pub(super) name: &'static str,
    /// Whether it parses and does nothing else.
    pub(super) is_bare: bool,
    pub(super) work: Work,
}

/// What came out.
pub(super) struct Race {
    name: String,
    bytes: u64,
    results: Vec<Measured>,
}

struct Measured {
    name: &'static str,
    is_bare: bool,
    wall: Samples,
    processor: Samples,
    peak: u64,
    failed: u64,
}

impl Race {
    pub(super) fn run(
        name: &str,
        runners: &[Runner],
        files: &[&Path],
        rounds: usize,
    ) -> Result<Self, BenchError> {
        let mut bytes = 0;
        for file in files {
            bytes += std::fs::metadata(file)?.len();
        }
        let mut usages: Vec<Vec<Usage>> = vec![Vec::new(); runners.len()];
        for _ in 0..rounds {
            for (runner, usages) in runners.iter().zip(&mut usages) {
                usages.push(measured::measure(&runner.work, files)?);
            }
        }
        let results = runners
            .iter()
            .zip(&usages)
            .map(|(runner, usages)| Measured::of(runner, usages))
            .collect();
        Ok(Self {
            name: name.to_owned(),
            bytes,
            results,
        })
    }

    /// One line for each program.
    pub(super) fn print(&self) {
        for result in &self.results {
            let refused = match result.failed {
                0 => String::new(),
                failed => format!("; exit code not 0: {failed}"),
            };
            report::line(
                &self.name,
                &format!(
                    "{}: {}, {}; processor {}; peak {}{refused}",
                    result.name,
                    result.wall.spread(),
                    report::throughput(self.bytes, result.wall.median()),
                    report::seconds(result.processor.median()),
                    report::megabytes(result.peak),
                ),
            );
        }
    }

    /// Lockkeeper against `jq`, if it took part, and against the fastest of the bare parsers.
    pub(super) fn print_goals(&self, jq: f64, bare: f64) {
        self.print_faster(super::JQ, jq);
        let fastest = self
            .results
            .iter()
            .filter(|result| result.is_bare)
            .min_by(|one, other| one.wall.median().total_cmp(&other.wall.median()));
        if let (Some(ours), Some(fastest)) = (self.named(OURS), fastest) {
            let ratio = ours.wall.median() / fastest.wall.median();
            report::line(
                &self.name,
                &format!(
                    "{ratio:.2} times the fastest bare parse ({}), {:.2} by processor time; {}",
                    fastest.name,
                    ours.processor.median() / fastest.processor.median(),
                    report::at_most(ratio, bare, "")
                ),
            );
        }
    }

    /// How many times faster Lockkeeper is than another, if that took part.
    pub(super) fn print_faster(&self, other: &str, goal: f64) {
        if let (Some(ours), Some(other)) = (self.named(OURS), self.named(other)) {
            let ratio = other.wall.median() / ours.wall.median();
            report::line(
                &self.name,
                &format!(
                    "{ratio:.1} times faster than {}, {:.1} by processor time; {}",
                    other.name,
                    other.processor.median() / ours.processor.median(),
                    report::at_least(ratio, goal, "")
                ),
            );
        }
    }

    /// Lockkeeper's peak memory against the size of the file.
    pub(super) fn print_peak(&self, goal: f64) {
        if let Some(ours) = self.named(OURS) {
            let ratio = ours.peak as f64 / self.bytes as f64;
            let goal = report::at_most(ratio, goal, "");
            report::line(
                &self.name,
                &format!("peak memory {ratio:.2} times the file; {goal}"),
            );
        }
    }

    fn named(&self, name: &str) -> Option<&Measured> {
        self.results.iter().find(|result| result.name == name)
    }
}

impl Measured {
    fn of(runner: &Runner, usages: &[Usage]) -> Self {
        let times = |of: fn(&Usage) -> Duration| Samples::of(usages.iter().map(of));
        Self {
            name: runner.name,
            is_bare: runner.is_bare,
            wall: times(|usage| usage.wall),
            processor: times(|usage| usage.processor),
            peak: usages.iter().map(|usage| usage.peak).max().unwrap_or(0),
            failed: usages.iter().map(|usage| usage.failed).max().unwrap_or(0),
        }
    }
}
