//! Why policies cannot be used, or could not answer.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// One mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PolicyProblem {
    /// The file, as it was given.
    pub file: String,
    /// The line, from 1; 0 when the whole file is meant.
    pub line: u32,
    /// The column, from 1; 0 when the whole line is meant.
    pub column: u32,
    /// What is wrong, in one sentence.
    pub message: String,
}

impl PolicyProblem {
    pub(crate) fn of_file(file: &str, message: impl Into<String>) -> Self {
        Self::at(file, 0, 0, message)
    }

    pub(crate) fn at(file: &str, line: u32, column: u32, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            file: file.to_owned(),
            line,
            column,
            message: message.chars().take(super::limits::MESSAGE).collect(),
        }
    }

    /// Takes place and sentence out of what the interpreter says: `--> FILE:LINE:COLUMN`, lines of the
    /// source, and `error: SENTENCE`.
    pub(crate) fn of_interpreter(told: &str, file: &str) -> Self {
        let sentence = told
            .rsplit_once("\nerror: ")
            .map_or(told, |(_, sentence)| sentence);
        let sentence = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
        let place = told
            .lines()
            .find_map(|line| line.trim_start().strip_prefix("--> "));
        let numbers = place.and_then(|place| {
            let mut parts = place.rsplitn(3, ':');
            let column = parts.next()?.parse().ok()?;
            Some((parts.next()?.parse().ok()?, column, parts.next()?))
        });
        match numbers {
            Some((line, column, file)) => Self::at(file, line, column, sentence),
            None => Self::of_file(file, sentence),
        }
    }
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.line, self.column) {
            ("", ..) => write!(f, "{}", self.message),
            (file, 0, _) => write!(f, "{file}: {}", self.message),
            (file, line, 0) => write!(f, "{file}:{line}: {}", self.message),
            (file, line, column) => write!(f, "{file}:{line}:{column}: {}", self.message),
        }
    }
}

/// Every mistake that keeps a set of policies from being used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PolicyProblems(pub Vec<PolicyProblem>);

impl fmt::Display for PolicyProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("the policies cannot be used"),
            [one] => write!(f, "the policies cannot be used: {one}"),
            [first, rest @ ..] => write!(f, "the policies cannot be used: {first}, and {} more", rest.len()),
        }
    }
}

impl std::error::Error for PolicyProblems {}

/// Why the policies gave no answer. The gate stays shut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A rule took too long.
    #[error("the policies took longer than {} s: make them look at less, or at less in nested loops", limit.as_secs())]
    TimedOut {
        /// How long they may take.
        limit: Duration,
    },
    /// A rule failed.
    #[error("a policy failed: {0}")]
    Failed(PolicyProblem),
    /// A rule answered with something that is neither yes nor no.
    #[error("{place}: the rule `{rule}` answers with {found}: {expected}")]
    Unusable {
        /// Where the rule stands: `FILE:LINE`.
        place: String,
        /// The rule: `main.deny_open_ports`.
        rule: String,
        /// What it answers with.
        found: String,
        /// What it should answer with.
        expected: &'static str,
    },
    /// The interpreter broke.
    #[error("the interpreter of the policies broke: {0}. This is a mistake of Lockkeeper, please report it")]
    Broke(String),
}

impl PolicyError {
    /// A stable identifier of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TimedOut { .. } => "timed-out",
            Self::Failed(_) => "failed",
            Self::Unusable { .. } => "unusable-answer",
            Self::Broke(_) => "broke",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_taken_out_of_what_the_interpreter_says() {
        let told = "\n--> a:b.rego:3:7\n  |\n3 | x := \n  |      ^\nerror: expecting\n expression";
        let problem = PolicyProblem::of_interpreter(told, "other");
        assert_eq!(problem.to_string(), "a:b.rego:3:7: expecting expression");
        assert_eq!(
            PolicyProblem::of_interpreter("broken", "f").to_string(),
            "f: broken"
        );
    }
}
