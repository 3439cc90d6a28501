//! Turns the reviewed rules (`src/misconfiguration/rules/*.toml`, `src/secrets/rules/*.toml`) into tables that
//! are part of the program: nothing is left to be read when it starts. A file that is wrong fails the build.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

const MISCONFIGURATION: &str = "src/misconfiguration/rules";
const MISCONFIGURATION_FILES: [&str; 6] = [
    "general.toml",
    "aws.toml",
    "azure.toml",
    "google.toml",
    "kubernetes.toml",
    "github.toml",
];

/// In the order in which rules win over each other.
const SECRETS: &str = "src/secrets/rules";
const SECRETS_FILES: [&str; 4] = ["cloud.toml", "platforms.toml", "services.toml", "general.toml"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={MISCONFIGURATION}");
    println!("cargo::rerun-if-changed={SECRETS}");
    let rules: List<Rule> = read(MISCONFIGURATION, &MISCONFIGURATION_FILES)?;
    let mut by_type: BTreeMap<&String, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, rule) in rules.0.iter().enumerate() {
        for (condition, one) in rule.when.0.iter().enumerate() {
            for name in &one.types.0 {
                by_type.entry(name).or_default().push((at, condition));
            }
        }
    }
    let by_type = List(
        by_type
            .into_iter()
            .map(|(name, places)| (name, List(places)))
            .collect(),
    );
    save(
        "misconfiguration.rs",
        &format!("static RULES: Rules = Rules {{ rules: {rules:?}, by_type: {by_type:?} }};\n"),
    )?;
    let rules: List<Row> = read(SECRETS, &SECRETS_FILES)?;
    save(
        "secrets.rs",
        &format!("static BUILT_IN: &[BuiltIn] = {rules:?};\n"),
    )
}

fn read<T: DeserializeOwned>(folder: &str, files: &[&str]) -> Result<List<T>, Box<dyn Error>> {
    let mut rules = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(Path::new(folder).join(file))?;
        let read: File<T> = toml::from_str(&text).map_err(|error| format!("{folder}/{file}: {error}"))?;
        rules.extend(read.rule);
    }
    Ok(List(rules))
}

fn save(file: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let folder = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is set by cargo")?;
    Ok(std::fs::write(Path::new(&folder).join(file), text)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<T> {
    rule: Vec<T>,
}

/// A list that is written down as Rust writes it. What follows is printed as the program's own types are written;
/// their definitions say what the fields mean.
#[derive(Deserialize)]
#[serde(transparent)]
struct List<T>(Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("&")?;
        f.debug_list().entries(&self.0).finish()
    }
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct Rule {
    id: String,
    title: String,
    severity: Severity,
    explanation: String,
    remediation: String,
    #[serde(default)]
    production: bool,
    #[serde(default)]
    when: List<Condition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

impl fmt::Debug for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Low => "Severity::Low",
            Severity::Medium => "Severity::Medium",
            Severity::High => "Severity::High",
            Severity::Critical => "Severity::Critical",
        })
    }
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct Condition {
    types: List<String>,
    attribute: String,
    #[serde(default)]
    bad: List<Setting>,
    #[serde(default)]
    good: List<Setting>,
    #[serde(default)]
    begins: List<String>,
    least: Option<i64>,
    #[serde(default)]
    missing: Verdict,
    #[serde(default)]
    present: Verdict,
    #[serde(default)]
    unless: List<String>,
    also: Option<Also>,
    only: Option<Only>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a truth value, a whole number or a text")]
enum Setting {
    Flag(bool),
    Number(i64),
    Text(String),
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Flag(flag) => write!(f, "Setting::Flag({flag})"),
            Setting::Number(number) => write!(f, "Setting::Number({number})"),
            Setting::Text(text) => write!(f, "Setting::Text({text:?})"),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    #[default]
    Fine,
    Bad,
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Fine => "Verdict::Fine",
            Verdict::Bad => "Verdict::Bad",
        })
    }
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct Also {
    attribute: String,
    #[serde(default)]
    bad: List<Setting>,
    ends: Option<String>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct Only {
    attribute: String,
    good: List<Setting>,
}

/// A rule for secrets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    title: String,
    keywords: List<String>,
    pattern: String,
    then: Option<String>,
    #[serde(default)]
    shown: usize,
    #[serde(default)]
    entropy: f64,
    #[serde(default)]
    check: Option<String>,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        let check: String = self
            .check
            .as_deref()
            .unwrap_or("none")
            .split('-')
            .map(capital)
            .collect();
        let Self {
            id,
            title,
            keywords,
            pattern,
            then,
            shown,
            entropy,
            ..
        } = self;
        write!(
            f,
            "BuiltIn {{ id: {id:?}, title: {title:?}, keywords: {keywords:?}, pattern: {pattern:?}, then: {then:?}, \
             shown: {shown}, entropy: {entropy:?}, check: Check::{check} }}"
        )
    }
}
