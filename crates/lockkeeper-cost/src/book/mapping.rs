//! Names and sizes that stand for others: `POSTGRES_15` is `postgres`, a disk of 100 GB is a `P10`.

use std::collections::BTreeMap;

use crate::decimal::Decimal;

/// A mapping of the book.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mapping {
    /// By name, in small letters; a name that ends with `*` stands for all that begin so.
    Names(BTreeMap<String, String>),
    /// By size: the first step that is large enough, from the smallest.
    Steps(Vec<(Decimal, String)>),
}

impl Mapping {
    /// Reads steps, whose keys are numbers.
    pub(super) fn steps(written: &BTreeMap<String, String>) -> Option<Self> {
        let read = |(size, name): (&String, &String)| Some((Decimal::parse(size)?, name.clone()));
        let mut steps: Vec<(Decimal, String)> = written.iter().map(read).collect::<Option<_>>()?;
        steps.sort();
        Some(Self::Steps(steps))
    }

    pub(super) fn names(written: BTreeMap<String, String>) -> Self {
        let lower = |(name, to): (String, String)| (name.to_ascii_lowercase(), to);
        Self::Names(written.into_iter().map(lower).collect())
    }

    /// What a value stands for; nothing when the mapping does not know it.
    pub(crate) fn get(&self, value: &str) -> Option<&str> {
        match self {
            Self::Steps(steps) => {
                let size = Decimal::parse(value)?;
                steps
                    .iter()
                    .find(|(step, _)| size <= *step)
                    .map(|(_, name)| name.as_str())
            }
            Self::Names(names) => {
                let value = value.to_ascii_lowercase();
                let exact = names.get(&value);
                let begins = |(name, _): &(&String, &String)| {
                    name.strip_suffix('*')
                        .is_some_and(|beginning| value.starts_with(beginning))
                };
                exact
                    .or_else(|| names.iter().filter(begins).map(|(_, to)| to).next_back())
                    .map(String::as_str)
            }
        }
    }
}
