//! Names and families of names: `aws_db_instance`, `aws_db_*`, `google_*_iam_member`.

use std::collections::HashMap;

/// Answers by name. An exact name is stronger than any pattern; a pattern that fixes how the name ends
/// is stronger than one that leaves it open, because names say last what they are
/// (`google_compute_instance_iam_member` is a binding, not an instance); then the longer one is.
pub(super) struct Table<T> {
    exact: HashMap<String, T>,
    /// Patterns by the first word of the names that they match, where they fix it.
    patterns: HashMap<String, Vec<(Pattern, T)>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            exact: HashMap::new(),
            patterns: HashMap::new(),
        }
    }
}

impl<T> Table<T> {
    /// Adds a name or a pattern.
    pub(super) fn add(&mut self, pattern: &str, answer: T) {
        if pattern.contains('*') {
            let word = fixed_first_word(pattern).unwrap_or_default().to_owned();
            self.patterns
                .entry(word)
                .or_default()
                .push((Pattern::new(pattern), answer));
        } else {
            self.exact.insert(pattern.to_owned(), answer);
        }
    }

    /// The answer of the strongest match.
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.exact.get(name).or_else(|| {
            let strongest = self.matching(name).max_by_key(|(pattern, _)| pattern.strength());
            strongest.map(|(_, answer)| answer)
        })
    }

    /// The answers of all patterns that match.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &T> {
        self.matching(name).map(|(_, answer)| answer)
    }

    fn matching(&self, name: &str) -> impl Iterator<Item = &(Pattern, T)> {
        let of_word = fixed_first_word(name).and_then(|word| self.patterns.get(word));
        let of_any = self.patterns.get("");
        of_word
            .into_iter()
            .chain(of_any)
            .flatten()
            .filter(move |(pattern, _)| pattern.matches(name))
    }
}

/// The text before the first `_` or `/`, unless a `*` stands in it.
fn fixed_first_word(text: &str) -> Option<&str> {
    let (word, _) = text.split_once(['_', '/'])?;
    (!word.contains('*')).then_some(word)
}

/// A name in which `*` stands for any text.
pub(super) struct Pattern {
    parts: Vec<String>,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self {
            parts: text.split('*').map(str::to_owned).collect(),
        }
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|only| only == name);
        };
        let Some(mut rest) = name.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            match rest.find(part.as_str()) {
                Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }

    /// Stronger patterns answer first.
    fn strength(&self) -> (bool, usize) {
        let ends_fixed = self.parts.last().is_some_and(|last| !last.is_empty());
        (ends_fixed, self.parts.iter().map(String::len).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        let matches = |pattern: &str, name| Pattern::new(pattern).matches(name);
        assert!(
            matches("a*", "a") && matches("a*", "abc") && matches("*c", "abc") && matches("a*b*c", "axbxc")
        );
        assert!(matches("plain", "plain") && !matches("plain", "plainer"));
        assert!(!matches("a*b*c", "axc") && !matches("ab*b", "ab"));
    }

    #[test]
    fn the_strongest_match_answers() {
        let mut table = Table::default();
        for pattern in ["a_*", "a_long_*", "*_end", "a_long_end_exact"] {
            table.add(pattern, pattern.to_owned());
        }
        for (name, expected) in [
            ("a_x", "a_*"),
            ("a_long_x", "a_long_*"),
            ("a_long_x_end", "*_end"),
            ("a_long_end_exact", "a_long_end_exact"),
        ] {
            assert_eq!(table.get(name).unwrap(), expected);
        }
        assert_eq!(table.get("b"), None);
    }
}
