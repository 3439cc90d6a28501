//! The table that closes the demonstration.
#![allow(clippy::print_stdout, reason = "a command for people at a terminal")]

use std::time::Duration;

/// What happened, how it ended, and how long it took.
#[derive(Debug, Default)]
pub(super) struct Table(Vec<(String, String, Duration)>);

impl Table {
    /// Adds a row.
    pub(super) fn add(&mut self, step: &str, outcome: &str, took: Duration) {
        self.0.push((step.to_owned(), outcome.to_owned(), took));
    }

    /// Prints the rows in columns.
    pub(super) fn print(&self) {
        let width = |of: fn(&(String, String, Duration)) -> usize| self.0.iter().map(of).max().unwrap_or(0);
        let (steps, outcomes) = (
            width(|row| row.0.chars().count()),
            width(|row| row.1.chars().count()),
        );
        println!("\n{:steps$}  {:outcomes$}  {:>8}", "Step", "Outcome", "Seconds");
        println!(
            "{}  {}  {}",
            "-".repeat(steps),
            "-".repeat(outcomes),
            "-".repeat(8)
        );
        for (step, outcome, took) in &self.0 {
            println!("{step:steps$}  {outcome:outcomes$}  {:>8.2}", took.as_secs_f64());
        }
    }
}
