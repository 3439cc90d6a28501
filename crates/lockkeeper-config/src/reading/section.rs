//! A table of the configuration whose keys are known, or freely named.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::problems::Problems;
use super::value::{Origin, Value};
use lockkeeper_domain::name::Name;

/// Environment variables by name, as they were when the process started.
pub(crate) type Variables = BTreeMap<String, String>;

/// A table. Every key that may stand in it is taken once; [`Section::finish`] reports the others.
pub(crate) struct Section<'a> {
    path: String,
    span: Range<usize>,
    table: Option<&'a DeTable<'a>>,
    variables: Option<&'a Variables>,
    known: Vec<&'static str>,
}

/// A freely named entry of a table.
pub(crate) struct Entry<'a> {
    /// The name, as written.
    pub(crate) key: &'a str,
    /// Where the name stands.
    pub(crate) span: Range<usize>,
    /// The value.
    pub(crate) value: Value<'a>,
}

impl<'a> Entry<'a> {
    /// The entry's name, if it is one.
    pub(crate) fn name(&self, problems: &mut Problems<'_>) -> Option<Name> {
        self.key
            .parse()
            .map_err(|error| problems.add(self.span.clone(), format!("{error}."), None))
            .ok()
    }
}

impl<'a> Section<'a> {
    /// The whole document. With variables, `LOCKKEEPER_A_B` stands in for the key `b` of table `a`.
    pub(crate) fn root(table: &'a DeTable<'a>, variables: Option<&'a Variables>) -> Self {
        Self {
            path: String::new(),
            span: 0..0,
            table: Some(table),
            variables,
            known: Vec::new(),
        }
    }

    pub(super) fn of(path: String, span: Range<usize>, table: &'a DeTable<'a>) -> Self {
        Self {
            path,
            span,
            table: Some(table),
            variables: None,
            known: Vec::new(),
        }
    }

    /// The table of that key; an empty one when it is absent or no table.
    pub(crate) fn section(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Section<'a> {
        let found = self.take(key);
        let absent = || Section {
            path: self.child_path(key),
            span: self.span.clone(),
            table: None,
            variables: None,
            known: Vec::new(),
        };
        let section = found
            .and_then(|value| value.section(problems))
            .unwrap_or_else(absent);
        Section {
            variables: self.variables,
            ..section
        }
    }

    /// The value of the key; the environment variable of that name first, where there is one.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.known.push(key);
        self.variable(key)
            .or_else(|| self.entry(key).map(|entry| entry.value))
    }

    /// The value of the key, which must be there.
    pub(crate) fn require(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<Value<'a>> {
        let value = self.take(key);
        if value.is_none() {
            problems.add(
                self.span.clone(),
                format!("`{}` is missing.", self.child_path(key)),
                None,
            );
        }
        value
    }

    /// Whether the key stands in the text.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// Every entry of a table whose keys people choose.
    pub(crate) fn entries(self) -> Vec<Entry<'a>> {
        let table = self.table.into_iter().flat_map(|table| table.iter());
        table
            .map(|(key, value)| Entry {
                key: key.get_ref(),
                span: key.span(),
                value: Value::toml(
                    self.child_path(key.get_ref()),
                    locate(key.span(), value.span(), value.get_ref()),
                    value.get_ref(),
                ),
            })
            .collect()
    }

    /// Reports every key that was not taken.
    pub(crate) fn finish(self, problems: &mut Problems<'_>) {
        for (key, _) in self.table.into_iter().flat_map(|table| table.iter()) {
            let written = key.get_ref().as_ref();
            if self.known.contains(&written) {
                continue;
            }
            let hint = problems
                .did_you_mean(written, self.known.iter().copied())
                .unwrap_or_else(|| format!("Known here: {}.", self.known.join(", ")));
            problems.add(
                key.span(),
                format!("There is no setting `{}`.", self.child_path(written)),
                Some(hint),
            );
        }
    }

    /// Where the table's name stands.
    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    fn entry(&self, key: &str) -> Option<Entry<'a>> {
        let (key, value) = self.table?.iter().find(|(name, _)| name.get_ref() == key)?;
        let span = locate(key.span(), value.span(), value.get_ref());
        let value = Value::toml(self.child_path(key.get_ref()), span, value.get_ref());
        Some(Entry {
            key: key.get_ref(),
            span: key.span(),
            value,
        })
    }

    fn variable(&self, key: &str) -> Option<Value<'a>> {
        let name = format!(
            "LOCKKEEPER_{}",
            self.child_path(key).replace('.', "_").to_uppercase()
        );
        let text = self.variables?.get(&name)?;
        Some(Value {
            path: name,
            origin: Origin::Variable(text),
        })
    }

    fn child_path(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

/// A table is pointed at by its name: the span of its value may be that of a header far away.
fn locate(key: Range<usize>, value: Range<usize>, content: &DeValue<'_>) -> Range<usize> {
    if content.is_table() { key } else { value }
}
