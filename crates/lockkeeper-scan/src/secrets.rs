//! Secrets in files: rules for the keys and tokens of known services, and for what stands beside a
//! name such as `db_password` (docs/scanning.md).

mod assigned;
mod check;
mod comment;
mod entropy;
mod file_kind;
mod kubernetes;
mod literal;
mod name;
mod pattern;
mod plan;
mod rule;
mod scanner;
mod text;

use std::fmt;
use std::sync::LazyLock;

pub use comment::MARK;
pub use plan::scan_plan;
pub use rule::RuleError;
pub use scanner::{Allowed, Scan, Scanner};

/// What to do with every secret that is found, in one sentence.
pub const REMEDIATION: &str = "Take the secret out of the file, revoke it where it was issued, and give its \
    successor to the tool by a secret store or an environment variable. A secret that was ever committed stays \
    in the history.";

/// Why a secret in a file matters.
pub const EXPLANATION: &str =
    "Whoever can read the repository, a copy of it or its history can use the secret.";

/// A secret that stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretFinding {
    /// The file, as it was given.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The rule that found it: `aws-access-key-id`.
    pub rule: String,
    /// What it is, for people. Never holds the secret; of a token with a fixed beginning, that beginning.
    pub message: String,
}

impl fmt::Display for SecretFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: {} [{}]",
            self.path, self.line, self.column, self.message, self.rule
        )
    }
}

static BUILT_IN: LazyLock<Result<Scanner, RuleError>> = LazyLock::new(Scanner::new);

/// Looks for secrets in one file with the built-in rules. Findings that a comment
/// `lockkeeper:allow-secret REASON` allows are left out; [`Scanner::scan`] answers them too.
///
/// Should the built-in rules not load, that is a finding: nothing was looked at, so nothing is known.
pub fn scan_file(path: &str, content: &[u8]) -> Vec<SecretFinding> {
    match &*BUILT_IN {
        Ok(scanner) => scanner.scan(path, content).findings,
        Err(error) => vec![SecretFinding {
            path: path.to_owned(),
            line: 1,
            column: 1,
            rule: "rules-not-loaded".to_owned(),
            message: format!("The file was not looked at: {error}"),
        }],
    }
}

/// The scanner with the built-in rules, for those who need the allowed findings or the list of rules.
///
/// # Errors
/// [`RuleError`] when the built-in rules do not load, which a test rules out.
pub fn built_in() -> Result<&'static Scanner, &'static RuleError> {
    BUILT_IN.as_ref()
}

/// The title of a built-in rule; empty when there is no such rule.
pub fn title(rule: &str) -> &'static str {
    let rules = BUILT_IN.as_ref().ok().into_iter().flat_map(Scanner::rules);
    rules
        .into_iter()
        .find(|(id, _)| *id == rule)
        .map_or("", |(_, title)| title)
}

/// Whether a built-in rule has the id.
pub fn is_rule(rule: &str) -> bool {
    !title(rule).is_empty()
}

#[cfg(test)]
mod tests;
