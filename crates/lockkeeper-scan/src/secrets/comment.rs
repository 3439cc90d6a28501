//! Comments that allow a finding: `# lockkeeper:allow-secret REASON`.

use std::collections::BTreeMap;

use super::text::Lines;

/// What a comment says before its reason, to allow what is found on its line or the line below.
pub const MARK: &str = "lockkeeper:allow-secret";

/// What a finding adds when the comment gives no reason.
pub(super) const MARK_WITHOUT_REASON: &str =
    "; the comment lockkeeper:allow-secret gives no reason, so it does not count: write one behind it";

/// How much of a line is read as a reason.
const LONGEST: usize = 400;

/// The comments of a file, by line.
pub(super) struct Comments {
    by_line: BTreeMap<usize, Option<String>>,
}

impl Comments {
    /// Reads the comments that begin at the marks.
    pub(super) fn read(content: &[u8], lines: &Lines, marks: &[usize]) -> Self {
        let mut by_line = BTreeMap::new();
        for mark in marks {
            let line = lines.line_of(*mark);
            let range = lines.range(content, line);
            let after = content
                .get(mark + MARK.len()..range.end.min(mark + LONGEST))
                .unwrap_or_default();
            let before = content
                .get(range.start.max(mark.saturating_sub(LONGEST))..*mark)
                .unwrap_or_default();
            let reason = reason_in(&String::from_utf8_lossy(after));
            let target = if stands_alone(&String::from_utf8_lossy(before)) {
                line + 1
            } else {
                line
            };
            by_line.insert(target, reason);
        }
        Self { by_line }
    }

    /// The reason for which findings on the line, from 0, are allowed; an error when a comment gives none.
    pub(super) fn reason_for(&self, line: usize) -> Option<Result<&str, ()>> {
        self.by_line.get(&line).map(|reason| reason.as_deref().ok_or(()))
    }
}

/// Whether nothing but the signs of a comment stands before the mark.
fn stands_alone(before: &str) -> bool {
    let signs = before
        .trim()
        .trim_matches(|sign: char| sign.is_ascii_punctuation() || sign.is_whitespace());
    signs.is_empty() || signs.eq_ignore_ascii_case("comment") || signs.eq_ignore_ascii_case("rem")
}

fn reason_in(after: &str) -> Option<String> {
    // `lockkeeper:allow-secrets` or `...-secret-later` is another word.
    if after.starts_with(|next: char| next.is_alphanumeric() || next == '-' || next == '_') {
        return None;
    }
    let reason = after
        .trim()
        .trim_end_matches("-->")
        .trim_end_matches("*/")
        .trim_end_matches(['"', '\'', ','])
        .trim_start_matches([':', '=', '-', '('])
        .trim();
    let letters = reason.chars().filter(|letter| letter.is_alphabetic()).count();
    (letters >= 4).then(|| reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(text: &str) -> Vec<(usize, Option<String>)> {
        let marks: Vec<usize> = text.match_indices(MARK).map(|(at, _)| at).collect();
        Comments::read(text.as_bytes(), &Lines::of(text.as_bytes()), &marks)
            .by_line
            .into_iter()
            .collect()
    }

    #[test]
    fn a_comment_counts_for_its_line_or_alone_for_the_next() {
        let text =
            "a = 1 # lockkeeper:allow-secret a test key\n  // lockkeeper:allow-secret: revoked in May */\n";
        assert_eq!(
            reasons(text),
            [
                (0, Some("a test key".to_owned())),
                (2, Some("revoked in May".to_owned()))
            ]
        );
        assert_eq!(
            reasons("\"//\": \"lockkeeper:allow-secret a fixture\",\n"),
            [(1, Some("a fixture".to_owned()))]
        );
    }

    #[test]
    fn a_reason_is_required() {
        for text in [
            "x # lockkeeper:allow-secret",
            "x # lockkeeper:allow-secret ok",
            "x # lockkeeper:allow-secrets all",
        ] {
            assert_eq!(reasons(text), [(0, None)], "{text}");
        }
    }
}
