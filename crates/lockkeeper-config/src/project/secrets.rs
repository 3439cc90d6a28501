//! `[secrets]`: files in which what looks like a secret is none.

use globset::{GlobBuilder, GlobMatcher};

use crate::reading::{Problems, Section, Value};

/// Files in which what looks like a secret is none.
#[derive(Debug, Clone)]
pub struct AllowedSecret {
    /// Which files, from the repository's root: `docs/*.md`, `examples/**`.
    pub path: String,
    /// Why, for the record.
    pub reason: String,
    matcher: GlobMatcher,
}

impl AllowedSecret {
    /// Whether the file is one of them.
    pub fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(path)
    }
}

impl PartialEq for AllowedSecret {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.reason == other.reason
    }
}

pub(super) fn read(mut section: Section<'_>, problems: &mut Problems<'_>) -> Vec<AllowedSecret> {
    let listed = section
        .take("allow")
        .and_then(|value| value.list(problems))
        .unwrap_or_default();
    section.finish(problems);
    listed
        .iter()
        .filter_map(|value| read_allowed(value, problems))
        .collect()
}

fn read_allowed(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<AllowedSecret> {
    let mut section = value.section(problems)?;
    let path = section.require("path", problems);
    let matcher = path.as_ref().and_then(|path| read_glob(path, problems));
    let reason = section
        .require("reason", problems)
        .and_then(|value| value.filled_text(problems));
    section.finish(problems);
    let (path, matcher) = matcher?;
    Some(AllowedSecret {
        path,
        reason: reason?.to_owned(),
        matcher,
    })
}

fn read_glob(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<(String, GlobMatcher)> {
    let text = value.filled_text(problems)?;
    match GlobBuilder::new(text).literal_separator(true).build() {
        Ok(glob) => Some((text.to_owned(), glob.compile_matcher())),
        Err(error) => {
            let message = format!("`{text}` is not a pattern for paths: {}.", error.kind());
            value.refuse(
                problems,
                message,
                Some("Use `*` within a folder, and `**` across folders.".to_owned()),
            )
        }
    }
}
