//! Hides secrets in the output of children.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use lockkeeper_domain::secret::Secret;

/// What stands in the place of a secret.
pub const MASKED: &str = "[masked]";

/// Secrets shorter than this, in bytes, are not looked for: they would hide half of the output.
pub const SHORTEST_SECRET: usize = 6;

/// A line of a secret, or a piece of its base64 form, is looked for from this length on.
const SHORTEST_PIECE: usize = 8;

/// Replaces secrets by [`MASKED`], also where they stand in base64, percent-encoded, in a JSON or HCL
/// string, or quoted for a shell. The lines of a secret of several lines are secrets too, because
/// tools indent them.
#[derive(Clone, Default)]
pub struct Mask(Searcher);

#[derive(Clone, Default)]
enum Searcher {
    #[default]
    Nothing,
    /// The searcher, and the length of the longest pattern.
    Patterns(Arc<AhoCorasick>, usize),
    /// No searcher can be built from so many secrets: nothing may pass.
    Everything,
}

impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mask([redacted])")
    }
}

impl Mask {
    /// A mask for the secrets; those shorter than [`SHORTEST_SECRET`] are passed over.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let patterns: BTreeSet<String> = secrets
            .into_iter()
            .flat_map(|secret| forms(secret.expose()))
            .collect();
        let Some(longest) = patterns.iter().map(String::len).max() else {
            return Self(Searcher::Nothing);
        };
        match AhoCorasick::new(&patterns) {
            Ok(searcher) => Self(Searcher::Patterns(Arc::new(searcher), longest)),
            Err(_) => Self(Searcher::Everything),
        }
    }

    /// The text with every secret replaced.
    pub fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let ranges = self.ranges(text);
        if ranges.is_empty() {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(replace(text, &ranges, text.len()))
        }
    }

    /// The first `keep` bytes of the text, or a little less, with every secret replaced. A secret that
    /// reaches over the end is replaced as a whole.
    pub(crate) fn apply_to_first(&self, text: &str, keep: usize) -> String {
        let keep = (0..=keep.min(text.len()))
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        replace(text, &self.ranges(text), keep)
    }

    /// How many bytes must be seen beyond a position to know whether a secret starts before it.
    pub(crate) fn lookahead(&self) -> usize {
        match &self.0 {
            Searcher::Patterns(_, longest) => *longest,
            Searcher::Nothing | Searcher::Everything => 0,
        }
    }

    /// Where secrets stand, in order, those that overlap or touch taken together.
    fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let searcher = match &self.0 {
            Searcher::Nothing => return Vec::new(),
            Searcher::Everything => return std::iter::once(0..text.len()).collect(),
            Searcher::Patterns(searcher, _) => searcher,
        };
        let mut found: Vec<_> = searcher
            .find_overlapping_iter(text)
            .map(|found| found.range())
            .collect();
        found.sort_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in found {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }
}

/// Ends at `keep`, which is a character boundary.
fn replace(text: &str, ranges: &[Range<usize>], keep: usize) -> String {
    let mut masked = String::with_capacity(keep);
    let mut position = 0;
    for range in ranges.iter().take_while(|range| range.start < keep) {
        masked.push_str(text.get(position..range.start).unwrap_or_default());
        masked.push_str(MASKED);
        position = range.end;
    }
    masked.push_str(text.get(position..keep).unwrap_or_default());
    masked
}

/// Every way in which the secret may be printed.
fn forms(secret: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    if secret.trim().len() < SHORTEST_SECRET {
        return forms;
    }
    let lines = secret
        .lines()
        .map(str::trim)
        .filter(|line| line.len() >= SHORTEST_PIECE);
    for text in std::iter::once(secret.trim()).chain(lines) {
        let json = json_escaped(text);
        let html_safe = json
            .replace('<', "\\u003c")
            .replace('>', "\\u003e")
            .replace('&', "\\u0026");
        let hcl = json.replace("${", "$${").replace("%{", "%%{");
        forms.extend([
            text.to_owned(),
            json,
            html_safe,
            hcl,
            percent_encoded(text),
            text.replace('\'', "'\\''"),
        ]);
    }
    forms.extend(base64_forms(secret.as_bytes()));
    forms
}

/// The text as it stands between the quotes of a JSON string.
fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(&quoted)
        .to_owned()
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The part of the base64 form that depends on the secret alone, for each of the three positions that
/// it can have in a longer text, such as the password in `user:password`.
fn base64_forms(secret: &[u8]) -> impl Iterator<Item = String> {
    let engines = [STANDARD_NO_PAD, URL_SAFE_NO_PAD];
    let positions = engines
        .into_iter()
        .flat_map(|engine| (0..3_usize).map(move |before| (engine.clone(), before)));
    let pieces: Vec<String> = positions
        .filter_map(|(engine, before)| {
            let padded: Vec<u8> = std::iter::repeat_n(0, before)
                .chain(secret.iter().copied())
                .collect();
            let encoded = engine.encode(&padded);
            // A character holds 6 bits: leave out those that share bits with a neighbour.
            let piece = encoded.get((before * 8).div_ceil(6)..padded.len() * 8 / 6)?;
            (piece.len() >= SHORTEST_PIECE).then(|| piece.to_owned())
        })
        .collect();
    pieces.into_iter()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    fn mask(secrets: &[&str]) -> Mask {
        let secrets: Vec<Secret> = secrets.iter().copied().map(Secret::new).collect();
        Mask::new(&secrets)
    }

    #[test]
    fn plain_and_encoded() {
        let secret = "p&ss\"w'<rd/é";
        let mask = mask(&[secret]);
        for text in [
            secret.to_owned(),
            serde_json::to_string(secret).unwrap(),
            r#"p\u0026ss\"w'\u003crd/é"#.to_owned(),
            "p%26ss%22w%27%3Crd%2F%C3%A9".to_owned(),
            "p&ss\"w'\\''<rd/é".to_owned(),
        ] {
            let masked = mask.apply(&text);
            assert!(masked.contains(MASKED), "{text} -> {masked}");
            assert!(!masked.contains("rd"), "{text} -> {masked}");
        }
    }

    #[test]
    fn basic_authentication() {
        for user in ["", "a", "ab", "abc"] {
            let header = STANDARD.encode(format!("{user}:correct-horse-battery"));
            let masked = mask(&["correct-horse-battery"]).apply(&header).into_owned();
            assert!(
                masked.contains(MASKED) && masked.len() < 10 + MASKED.len(),
                "{header} -> {masked}"
            );
        }
    }

    #[test]
    fn lines_of_a_key() {
        let mask = mask(&["-----BEGIN KEY-----\nMIIEowIBAAKCAQEA\nxyz\n-----END KEY-----\n"]);
        assert_eq!(mask.apply("    MIIEowIBAAKCAQEA"), "    [masked]");
    }

    #[test]
    fn overlapping_secrets_leave_no_remains() {
        assert_eq!(mask(&["abcdef", "defghi"]).apply("-abcdefghi-"), "-[masked]-");
        assert_eq!(mask(&["secret", "secret-longer"]).apply("secret-longer"), MASKED);
    }

    #[test]
    fn short_secrets_are_passed_over() {
        assert_eq!(
            mask(&["", "12345", "     "]).apply("12345 and     "),
            "12345 and     "
        );
    }

    #[test]
    fn cut_in_the_middle_of_a_secret() {
        let mask = mask(&["correct-horse"]);
        assert_eq!(mask.apply_to_first("ab correct-horse cd", 6), "ab [masked]");
        assert_eq!(mask.apply_to_first("ab correct-horse cd", 2), "ab");
        assert_eq!(mask.apply_to_first("éé", 3), "é");
    }

    #[test]
    fn prints_nothing() {
        assert_eq!(format!("{:?}", mask(&["correct-horse"])), "Mask([redacted])");
    }

    proptest! {
        #[test]
        fn no_secret_comes_through(before in ".{0,20}", secret in "[a-zA-Z0-9/+\"'&<$ {]{6,40}", after in ".{0,20}") {
            prop_assume!(secret.trim().len() >= SHORTEST_SECRET && !MASKED.contains(secret.trim()));
            let mask = mask(&[&secret]);
            for text in [secret.clone(), json_escaped(&secret), percent_encoded(&secret)] {
                let masked = mask.apply(&format!("{before}{text}{after}")).into_owned();
                prop_assert!(masked.contains(MASKED));
                prop_assert!(!masked.contains(secret.trim()));
            }
        }
    }
}
