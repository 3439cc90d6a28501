//! What the names of rules mean: Conftest's, and `class`.

/// What a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// `deny`, `violation`: shuts the gate.
    Deny,
    /// `warn`: is told, and shuts nothing.
    Warn,
    /// `class`: can raise the class of the change.
    Class,
    /// `exception`: says which rules do not count.
    Exception,
    /// `test_...`: a test.
    Test,
    /// `todo_test_...`: a test that is not run.
    SkippedTest,
}

const NAMES: [(&str, Purpose); 5] = [
    ("deny", Purpose::Deny),
    ("violation", Purpose::Deny),
    ("warn", Purpose::Warn),
    ("class", Purpose::Class),
    ("exception", Purpose::Exception),
];

impl Purpose {
    /// The purpose of a rule of this name; most rules are only there for others.
    pub(crate) fn of(name: &str) -> Option<Self> {
        if name.starts_with("test_") {
            return Some(Self::Test);
        }
        if name.starts_with("todo_test_") {
            return Some(Self::SkippedTest);
        }
        let (_, purpose) = NAMES
            .iter()
            .find(|(word, purpose)| match name.strip_prefix(word) {
                Some("") => true,
                Some(suffix) => *purpose != Self::Exception && is_suffix(suffix),
                None => false,
            })?;
        Some(*purpose)
    }

    /// Whether the rule is asked when a plan is looked at.
    pub(crate) fn is_asked(self) -> bool {
        !matches!(self, Self::Test | Self::SkippedTest)
    }
}

/// `_ports`, `_open_ports`, `_2`: what Conftest takes.
fn is_suffix(suffix: &str) -> bool {
    let Some(words) = suffix.strip_prefix('_') else {
        return false;
    };
    words
        .split('_')
        .all(|word| !word.is_empty() && word.chars().all(|letter| letter.is_ascii_alphanumeric()))
}

/// The name by which an exception speaks of a rule: `open_ports` for `deny_open_ports`, nothing for `deny`.
pub(crate) fn name_in_exceptions(name: &str) -> &str {
    name.split_once('_').map_or("", |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_what_they_mean_to_conftest() {
        for (name, purpose) in [
            ("deny", Some(Purpose::Deny)),
            ("deny_open_ports", Some(Purpose::Deny)),
            ("violation_2", Some(Purpose::Deny)),
            ("warn_tags", Some(Purpose::Warn)),
            ("class", Some(Purpose::Class)),
            ("class_cost", Some(Purpose::Class)),
            ("exception", Some(Purpose::Exception)),
            ("test_x", Some(Purpose::Test)),
            ("todo_test_x", Some(Purpose::SkippedTest)),
            ("denylist", None),
            ("deny_", None),
            ("deny__x", None),
            ("exception_x", None),
            ("classes", None),
            ("allow", None),
        ] {
            assert_eq!(Purpose::of(name), purpose, "{name}");
        }
    }

    #[test]
    fn exceptions_speak_of_rules_without_their_first_word() {
        assert_eq!(name_in_exceptions("deny_open_ports"), "open_ports");
        assert_eq!(name_in_exceptions("deny"), "");
    }
}
