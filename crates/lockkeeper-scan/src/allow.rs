//! Findings that a project lives with: data, each entry with a reason and, at best, an end.

use globset::{GlobBuilder, GlobMatcher};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Place};
use crate::report::{AllowedFinding, Report};
use crate::{misconfiguration, secrets};

/// One entry as it is written (`docs/scanning.md`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowEntry {
    /// The rule that is allowed; always one.
    pub rule: String,
    /// The files in which it is, as a pattern: `examples/**`. An entry has either this or `address`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The addresses of the objects at which it is, as a pattern: `module.bastion.*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it is: a date of TOML, or a text such as `2027-03-31`.
    #[serde(default, deserialize_with = "day", skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

fn day<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<Option<Date>, D::Error> {
    let text = match toml::Value::deserialize(reader)? {
        toml::Value::Datetime(day) => day.to_string(),
        toml::Value::String(text) => text,
        other => other.to_string(),
    };
    let refuse = |_| serde::de::Error::custom(format!("`{text}` is not a day: write it as 2027-03-31"));
    text.parse().map(Some).map_err(refuse)
}

/// Entries that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllowError {
    /// Not TOML, or a field is missing or unknown.
    #[error("The list of allowed findings cannot be read: {0}")]
    Unreadable(String),
    /// A rule that is not there.
    #[error("Entry {entry} allows the rule `{rule}`, which is not there. docs/scanning.md lists the rules.")]
    UnknownRule {
        /// The number of the entry, from 1.
        entry: usize,
        /// The rule.
        rule: String,
    },
    /// Neither or both of `path` and `address`.
    #[error("Entry {entry} must have either `path`, for files, or `address`, for objects of a plan.")]
    Place {
        /// The number of the entry, from 1.
        entry: usize,
    },
    /// No reason.
    #[error("Entry {entry} gives no reason. Say why the finding may stay, for whoever asks in a year.")]
    NoReason {
        /// The number of the entry, from 1.
        entry: usize,
    },
    /// A pattern that does not parse.
    #[error("Entry {entry} has a pattern that cannot be used: {reason}. Use `*` and `**`.")]
    Pattern {
        /// The number of the entry, from 1.
        entry: usize,
        /// Why.
        reason: String,
    },
}

/// Entries, ready to be used.
#[derive(Debug, Clone, Default)]
pub struct AllowList {
    entries: Vec<(AllowEntry, GlobMatcher)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    allow: Vec<AllowEntry>,
}

impl AllowList {
    /// Reads a file of `[[allow]]` tables.
    ///
    /// # Errors
    /// [`AllowError`] says what is wrong with which entry.
    pub fn from_toml(text: &str) -> Result<Self, AllowError> {
        let file: File = toml::from_str(text).map_err(|error| AllowError::Unreadable(error.to_string()))?;
        Self::new(file.allow)
    }

    /// Makes a list of entries.
    ///
    /// # Errors
    /// [`AllowError`] says what is wrong with which entry.
    pub fn new(entries: Vec<AllowEntry>) -> Result<Self, AllowError> {
        let entries = entries
            .into_iter()
            .enumerate()
            .map(|(at, entry)| check(at + 1, entry));
        Ok(Self {
            entries: entries.collect::<Result<_, _>>()?,
        })
    }

    /// Moves what an entry allows on that day out of the findings. Answers the entries that allowed
    /// nothing or are over, to be cleaned up.
    pub fn apply(&self, report: &mut Report, today: Date) -> Vec<AllowEntry> {
        let mut used = vec![false; self.entries.len()];
        let mut kept = Vec::new();
        for finding in report.findings.drain(..) {
            let entry = self
                .entries
                .iter()
                .position(|(entry, pattern)| allows(entry, pattern, &finding, today));
            match entry.and_then(|at| Some((at, self.entries.get(at)?))) {
                Some((at, (entry, _))) => {
                    if let Some(used) = used.get_mut(at) {
                        *used = true;
                    }
                    let reason = entry.reason.clone();
                    report.allowed.push(AllowedFinding {
                        finding,
                        reason,
                        in_source: false,
                    });
                }
                None => kept.push(finding),
            }
        }
        report.findings = kept;
        report.sort();
        let idle = self.entries.iter().zip(&used).filter(|(_, used)| !**used);
        idle.map(|((entry, _), _)| entry.clone()).collect()
    }
}

fn check(entry: usize, written: AllowEntry) -> Result<(AllowEntry, GlobMatcher), AllowError> {
    if !secrets::is_rule(&written.rule) && !misconfiguration::is_rule(&written.rule) {
        return Err(AllowError::UnknownRule {
            entry,
            rule: written.rule.chars().take(80).collect(),
        });
    }
    if written
        .reason
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .count()
        < 4
    {
        return Err(AllowError::NoReason { entry });
    }
    let (pattern, is_path) = match (&written.path, &written.address) {
        (Some(path), None) => (path.clone(), true),
        // Positions stand in brackets, which are no sets of characters here.
        (None, Some(address)) => (address.replace('[', "\\[").replace(']', "\\]"), false),
        _ => return Err(AllowError::Place { entry }),
    };
    let glob = GlobBuilder::new(&pattern)
        .literal_separator(is_path)
        .backslash_escape(true)
        .build()
        .map_err(|error| AllowError::Pattern {
            entry,
            reason: error.kind().to_string(),
        })?;
    Ok((written, glob.compile_matcher()))
}

fn allows(entry: &AllowEntry, pattern: &GlobMatcher, finding: &Finding, today: Date) -> bool {
    let there = match (&finding.place, &entry.path) {
        (Place::File { path, .. }, Some(_)) => pattern.is_match(path),
        (Place::Object { address, .. }, None) => pattern.is_match(address),
        _ => false,
    };
    there && entry.rule == finding.rule && entry.until.is_none_or(|until| today <= until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;
    use jiff::civil::date;

    fn report(addresses: &[&str]) -> Report {
        let finding = |address: &&str| Finding {
            rule: "open-database-port".to_owned(),
            title: String::new(),
            severity: Severity::High,
            place: Place::Object {
                address: (*address).to_owned(),
                attribute: None,
            },
            message: String::new(),
            explanation: String::new(),
            remediation: String::new(),
        };
        Report {
            findings: addresses.iter().map(finding).collect(),
            allowed: Vec::new(),
        }
    }

    const ENTRY: &str = "[[allow]]\nrule = \"open-database-port\"\naddress = \"module.a[0].*\"\nreason = \"closed in May\"\nuntil = 2026-05-31\n";

    #[test]
    fn an_entry_allows_its_rule_at_its_addresses_until_its_day() {
        let list = AllowList::from_toml(ENTRY).unwrap();
        let mut found = report(&["module.a[0].x.y", "module.b.x.y"]);
        assert!(list.apply(&mut found, date(2026, 5, 31)).is_empty());
        assert_eq!((found.findings.len(), found.allowed.len()), (1, 1));
        assert_eq!(found.allowed[0].reason, "closed in May");
        let mut late = report(&["module.a[0].x.y"]);
        assert_eq!(list.apply(&mut late, date(2026, 6, 1)).len(), 1);
        assert_eq!(late.findings.len(), 1);
    }

    #[test]
    fn mistakes_are_named() {
        for (from, to, expected) in [
            (
                "open-database-port",
                "open-databse-port",
                "`open-databse-port`, which is not there",
            ),
            ("closed in May", "ok", "gives no reason"),
            ("address", "path", ""),
            ("address = \"module.a[0].*\"\n", "", "either `path`"),
            ("until", "untill", "cannot be read"),
            ("2026-05-31", "\"2026-05-31\"", ""),
            ("2026-05-31", "\"in May\"", "is not a day"),
            ("module.a[0].*", "module.{a", "cannot be used"),
        ] {
            let result = AllowList::from_toml(&ENTRY.replace(from, to)).map(|_| ());
            let text = result.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(
                text.contains(expected) && (expected.is_empty() == text.is_empty()),
                "{from}: {text}"
            );
        }
    }
}
