//! Names and families of names: `aws_db_instance`, `aws_db_*`, `google_*_iam_member`.

/// Answers by name. An exact name is stronger than any pattern; a pattern that fixes how the name ends
/// is stronger than one that leaves it open, because names say last what they are
/// (`google_compute_instance_iam_member` is a binding, not an instance); then the longer one is.
pub(super) struct Table<T: 'static> {
    /// In the order of the names.
    pub(super) exact: &'static [(&'static str, T)],
    /// Patterns by the first word of the names that they match, in the order of the words; first those that
    /// leave it open.
    pub(super) patterns: &'static [(&'static str, &'static [(Pattern, T)])],
}

impl<T> Table<T> {
    /// The answer of the strongest match.
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        find(self.exact, name).or_else(|| {
            let strongest = self.matching(name).max_by_key(|(pattern, _)| pattern.strength());
            strongest.map(|(_, answer)| answer)
        })
    }

    /// The answers of all patterns that match.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &T> {
        self.matching(name).map(|(_, answer)| answer)
    }

    fn matching(&self, name: &str) -> impl Iterator<Item = &(Pattern, T)> {
        let of_word = fixed_first_word(name).and_then(|word| find(self.patterns, word));
        let of_any = find(self.patterns, "");
        of_word
            .into_iter()
            .chain(of_any)
            .flat_map(|patterns| patterns.iter())
            .filter(move |(pattern, _)| pattern.matches(name))
    }
}

/// The value of a name in a list that is in the order of the names.
fn find<T>(sorted: &'static [(&'static str, T)], name: &str) -> Option<&'static T> {
    let at = sorted
        .binary_search_by(|(candidate, _)| (*candidate).cmp(name))
        .ok()?;
    sorted.get(at).map(|(_, value)| value)
}

/// The text before the first `_` or `/`, unless a `*` stands in it.
fn fixed_first_word(text: &str) -> Option<&str> {
    let (word, _) = text.split_once(['_', '/'])?;
    (!word.contains('*')).then_some(word)
}

/// A name in which `*` stands for any text.
pub(super) struct Pattern(pub(super) &'static str);

impl Pattern {
    pub(super) fn matches(&self, name: &str) -> bool {
        let Some((first, behind)) = self.0.split_once('*') else {
            return self.0 == name;
        };
        let Some(mut rest) = name.strip_prefix(first) else {
            return false;
        };
        let (middle, last) = behind.rsplit_once('*').unwrap_or(("", behind));
        for part in middle.split('*') {
            match rest.find(part) {
                Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
                None => return false,
            }
        }
        rest.ends_with(last)
    }

    /// Stronger patterns answer first.
    fn strength(&self) -> (bool, usize) {
        let fixed = self.0.bytes().filter(|byte| *byte != b'*').count();
        (!self.0.ends_with('*'), fixed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        let matches = |pattern, name| Pattern(pattern).matches(name);
        assert!(
            matches("a*", "a") && matches("a*", "abc") && matches("*c", "abc") && matches("a*b*c", "axbxc")
        );
        assert!(matches("plain", "plain") && !matches("plain", "plainer"));
        assert!(!matches("a*b*c", "axc") && !matches("ab*b", "ab"));
    }

    #[test]
    fn the_strongest_match_answers() {
        let table = Table {
            exact: &[("a_long_end_exact", "a_long_end_exact")],
            patterns: &[
                ("", &[(Pattern("*_end"), "*_end")]),
                ("a", &[(Pattern("a_*"), "a_*"), (Pattern("a_long_*"), "a_long_*")]),
            ],
        };
        for (name, expected) in [
            ("a_x", "a_*"),
            ("a_long_x", "a_long_*"),
            ("a_long_x_end", "*_end"),
            ("a_long_end_exact", "a_long_end_exact"),
        ] {
            assert_eq!(*table.get(name).unwrap(), expected);
        }
        assert_eq!(table.get("b"), None);
    }
}
