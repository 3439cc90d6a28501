//! One thing that was looked at.

use serde::Serialize;

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Grade {
    /// As it should be.
    Good,
    /// Works, and could be better.
    Warning,
    /// Does not work, or is not safe.
    Problem,
}

impl Grade {
    /// The word for people.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// What was found, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// What was looked at: a word or two, always the same.
    pub(super) subject: &'static str,
    pub(super) grade: Grade,
    pub(super) detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

impl Finding {
    pub(super) fn good(subject: &'static str, detail: impl Into<String>) -> Self {
        Self {
            subject,
            grade: Grade::Good,
            detail: detail.into(),
            next: None,
        }
    }

    pub(super) fn warning(subject: &'static str, detail: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            grade: Grade::Warning,
            next: Some(next.into()),
            ..Self::good(subject, detail)
        }
    }

    pub(super) fn problem(subject: &'static str, detail: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            grade: Grade::Problem,
            next: Some(next.into()),
            ..Self::good(subject, detail)
        }
    }
}
