//! The name of a commit.

use std::fmt;
use std::str::FromStr;

/// The full hash of a commit: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(String);

/// The text is not the full hash of a commit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the full hash of a commit: expected 40 or 64 lower-case hexadecimal digits")]
pub struct InvalidCommitId(String);

impl CommitId {
    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first eight digits, for people.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

impl FromStr for CommitId {
    type Err = InvalidCommitId;

    fn from_str(text: &str) -> Result<Self, InvalidCommitId> {
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits && matches!(text.len(), 40 | 64) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidCommitId(text.chars().take(80).collect()))
        }
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_hashes_only() {
        for good in [
            "0123456789abcdef0123456789abcdef01234567".to_owned(),
            "a".repeat(64),
        ] {
            assert_eq!(good.parse::<CommitId>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "main",
            "-x",
            &"a".repeat(39),
            &"A".repeat(40),
            &"g".repeat(40),
            &"a".repeat(41),
        ] {
            assert!(bad.parse::<CommitId>().is_err(), "{bad}");
        }
    }
}
