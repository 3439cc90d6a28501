//! Figures and lines.
#![allow(clippy::print_stdout, reason = "a command for people at a terminal")]

use std::time::Duration;

/// Times of the same thing, done again and again; in seconds, in rising order.
#[derive(Debug, Clone)]
pub(super) struct Samples(Vec<f64>);

impl Samples {
    pub(super) fn of(times: impl IntoIterator<Item = Duration>) -> Self {
        let mut seconds: Vec<f64> = times.into_iter().map(|time| time.as_secs_f64()).collect();
        seconds.sort_by(f64::total_cmp);
        Self(seconds)
    }

    /// The value below which this part of the samples lies; the largest when there are too few to tell.
    pub(super) fn percentile(&self, part: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let rank = (part * self.0.len() as f64).ceil() as usize;
        self.0
            .get(rank.saturating_sub(1).min(last))
            .copied()
            .unwrap_or(f64::NAN)
    }

    pub(super) fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        if self.0.len().is_multiple_of(2) {
            let pair = self.0.get(middle.saturating_sub(1)..=middle).unwrap_or_default();
            return pair.iter().sum::<f64>() / pair.len() as f64;
        }
        self.0.get(middle).copied().unwrap_or(f64::NAN)
    }

    /// `1.23 s (1.20 s .. 1.31 s)`: the median, and from the least to the most.
    pub(super) fn spread(&self) -> String {
        let (least, most) = (self.percentile(0.0), self.percentile(1.0));
        format!(
            "{} ({} .. {})",
            seconds(self.median()),
            seconds(least),
            seconds(most)
        )
    }
}

/// `1.23 s`, `12.3 ms` or `0.45 ms`.
pub(super) fn seconds(value: f64) -> String {
    match value {
        value if value >= 1.0 => format!("{value:.2} s"),
        value if value >= 0.01 => format!("{:.1} ms", value * 1e3),
        value => format!("{:.2} ms", value * 1e3),
    }
}

/// Bytes in so many seconds, as `123 MB/s` of 1,000,000 bytes.
pub(super) fn throughput(bytes: u64, seconds: f64) -> String {
    let rate = bytes as f64 / 1e6 / seconds;
    if rate >= 10.0 {
        format!("{rate:.0} MB/s")
    } else {
        format!("{rate:.1} MB/s")
    }
}

/// Bytes as `123.4 MB` of 1,000,000 bytes.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// What was wished for, as far as it is reached: `goal <= 1.10: met`.
pub(super) fn at_most(value: f64, goal: f64, unit: &str) -> String {
    format!("goal <= {goal}{unit}: {}", verdict(value <= goal))
}

/// As [`at_most`], the other way round.
pub(super) fn at_least(value: f64, goal: f64, unit: &str) -> String {
    format!("goal >= {goal}{unit}: {}", verdict(value >= goal))
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

/// Prints one figure.
pub(super) fn line(name: &str, text: &str) {
    println!("{name:<30} {text}");
}

/// Says what the figures were measured on: the size of the machine alone, never its name.
pub(super) fn header() {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").ok();
    let memory = memory.as_deref().and_then(total_memory).map_or_else(
        || "memory unknown".to_owned(),
        |bytes| format!("{} GB of memory", bytes / 1_000_000_000),
    );
    line("machine", &format!("{cores} cores, {memory}"));
}

fn total_memory(meminfo: &str) -> Option<u64> {
    field(meminfo, "MemTotal:")
}

/// A field of a file of `/proc` that is given in kB; in bytes.
pub(super) fn field(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = value.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(milliseconds: &[u64]) -> Samples {
        Samples::of(milliseconds.iter().map(|value| Duration::from_millis(*value)))
    }

    #[test]
    fn medians_and_percentiles() {
        assert_eq!(samples(&[3, 1, 2]).spread(), "2.00 ms (1.00 ms .. 3.00 ms)");
        assert_eq!(samples(&[4, 1, 2, 3]).median(), 0.0025);
        let many: Vec<u64> = (1..=200).collect();
        assert_eq!(samples(&many).percentile(0.99), 0.198);
        assert_eq!(samples(&[5]).percentile(0.99), 0.005);
    }

    #[test]
    fn units_and_goals() {
        assert_eq!(seconds(1.234), "1.23 s");
        assert_eq!(seconds(0.0123), "12.3 ms");
        assert_eq!(throughput(20_000_000, 0.1), "200 MB/s");
        assert_eq!(at_most(1.2, 1.1, ""), "goal <= 1.1: MISSED");
        assert_eq!(at_least(12.0, 10.0, "x"), "goal >= 10x: met");
        assert_eq!(field("Name:\tx\nVmRSS:\t   12 kB\n", "VmRSS:"), Some(12 * 1024));
    }
}
