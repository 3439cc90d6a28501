//! Rules as data: what each says, and how it is read.

use serde::Deserialize;

use super::check::Check;
use super::pattern::Pattern;

// `BUILT_IN`, in the order in which rules win over each other; made by `build.rs`.
include!(concat!(env!("OUT_DIR"), "/secrets.rs"));

/// A rule of the data files.
struct BuiltIn {
    id: &'static str,
    title: &'static str,
    keywords: &'static [&'static str],
    pattern: &'static str,
    then: Option<&'static str>,
    shown: usize,
    entropy: f64,
    check: Check,
}

/// The rules of the data files. A test has seen their patterns, which are made when they are first used.
pub(super) fn built_in() -> impl Iterator<Item = Rule> {
    BUILT_IN.iter().map(|rule| Rule {
        id: rule.id.to_owned(),
        title: rule.title.to_owned(),
        keywords: rule
            .keywords
            .iter()
            .map(|keyword| (*keyword).to_owned())
            .collect(),
        pattern: Pattern::new(rule.pattern.to_owned()),
        then: rule.then.map(|then| Pattern::new(then.to_owned())),
        shown: rule.shown,
        entropy: rule.entropy,
        check: rule.check,
    })
}

/// A file of rules that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Not TOML, or a field is missing or unknown.
    #[error("The rules in {file} cannot be read: {reason}. See docs/scanning.md for the format.")]
    Unreadable {
        /// The file.
        file: String,
        /// What the reader says.
        reason: String,
    },
    /// A pattern does not compile, or has no group for the secret.
    #[error("The pattern of the rule `{rule}` in {file} cannot be used: {reason}. Mend the pattern.")]
    Pattern {
        /// The file.
        file: String,
        /// The rule.
        rule: String,
        /// Why.
        reason: String,
    },
    /// No finder can be built for the keywords.
    #[error("The keywords of the rules cannot be searched for: {0}. Use fewer or shorter keywords.")]
    Keywords(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    title: String,
    keywords: Vec<String>,
    pattern: String,
    then: Option<String>,
    #[serde(default)]
    shown: usize,
    #[serde(default)]
    entropy: f64,
    #[serde(default)]
    check: Check,
}

/// One rule, ready to be used.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) title: String,
    /// Texts of which one stands near every match, whatever its case.
    pub(super) keywords: Vec<String>,
    pub(super) pattern: Pattern,
    /// What must follow the match, with the secret in it.
    pub(super) then: Option<Pattern>,
    /// How many characters at the beginning of the secret are fixed and public, and may be shown.
    pub(super) shown: usize,
    /// The least entropy of the secret, in bits for each character.
    pub(super) entropy: f64,
    pub(super) check: Check,
}

/// Reads one file of rules.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Rule>, RuleError> {
    let read: File = toml::from_str(text).map_err(|error| RuleError::Unreadable {
        file: file.to_owned(),
        reason: error.message().to_owned(),
    })?;
    read.rule.into_iter().map(|row| compile(file, row)).collect()
}

fn compile(file: &str, row: Row) -> Result<Rule, RuleError> {
    let refuse = |reason: String| RuleError::Pattern {
        file: file.to_owned(),
        rule: row.id.clone(),
        reason,
    };
    let pattern = Pattern::new(row.pattern);
    let then = row.then.map(Pattern::new);
    if !pattern.has_group("secret") {
        return Err(refuse("it has no group `(?P<secret>...)`".to_owned()));
    }
    if row.keywords.is_empty() || row.keywords.iter().any(|keyword| keyword.len() < 2) {
        return Err(refuse(
            "it needs keywords of at least two characters each".to_owned(),
        ));
    }
    pattern.check().map_err(refuse)?;
    then.iter().try_for_each(Pattern::check).map_err(refuse)?;
    Ok(Rule {
        id: row.id,
        title: row.title,
        keywords: row.keywords,
        pattern,
        then,
        shown: row.shown,
        entropy: row.entropy,
        check: row.check,
    })
}
