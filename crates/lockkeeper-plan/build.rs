//! Turns the reviewed data files of the catalogue (`src/catalogue/data/*.toml`) into tables that are part of
//! the program: nothing is left to be read when it starts. A file that is wrong fails the build.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Write};
use std::path::Path;

use serde::Deserialize;

/// The files that know a provider, and those that guess from words.
const KNOWN: [&str; 5] = [
    "aws.toml",
    "azure.toml",
    "google.toml",
    "kubernetes.toml",
    "services.toml",
];
const GENERIC: [&str; 2] = ["generic.toml", "families.toml"];

const FOLDER: &str = "src/catalogue/data";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let mut out = String::new();
    writeln!(out, "static KNOWN: Tier = {};", tier(&KNOWN)?)?;
    writeln!(out, "static GENERIC: Tier = {};", tier(&GENERIC)?)?;
    save("catalogue.rs", &out)?;
    let rules: Rules = read("attributes.toml")?;
    save("attributes.rs", &format!("static RULES: Rules = {rules:?};\n"))?;
    let sizes: Sizes = read("sizes.toml")?;
    save("sizes.rs", &format!("static SIZES: Sizes = {sizes:?};\n"))
}

fn read<T: serde::de::DeserializeOwned>(file: &str) -> Result<T, Box<dyn Error>> {
    let text = std::fs::read_to_string(Path::new(FOLDER).join(file))?;
    toml::from_str(&text).map_err(|error| format!("{FOLDER}/{file}: {error}").into())
}

fn save(file: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let folder = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is set by cargo")?;
    Ok(std::fs::write(Path::new(&folder).join(file), text)?)
}

/// A list that is written down as Rust writes it.
#[derive(Deserialize, Default)]
#[serde(transparent)]
struct List<T>(Vec<T>);

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("&")?;
        f.debug_list().entries(&self.0).finish()
    }
}

/// One data file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    categories: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    attachments: Vec<AttachmentRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttachmentRule {
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
    parents: List<String>,
    #[serde(default)]
    otherwise: List<String>,
    #[serde(default)]
    parent_by_default: Option<String>,
}

fn tier(files: &[&str]) -> Result<String, Box<dyn Error>> {
    let (mut categories, mut attachments) = (Table::default(), Table::default());
    let mut of_kinds = Vec::new();
    let mut seen = BTreeMap::new();
    for file in files {
        let read: File = read(file)?;
        for (category, patterns) in read.categories {
            for pattern in patterns {
                let other = seen.insert(pattern.clone(), category.clone());
                if let Some(other) = other {
                    return Err(format!("{file}: {pattern} is {category}, and {other}").into());
                }
                categories.add(pattern, variant(&category));
            }
        }
        for rule in read.attachments {
            let answer = format!(
                "Attachments {{ parents: {:?}, otherwise: {:?}, by_default: {:?} }}",
                rule.parents, rule.otherwise, rule.parent_by_default
            );
            for category in &rule.categories {
                let types: List<Pattern> = List(rule.types.iter().cloned().map(Pattern).collect());
                of_kinds.push(format!(
                    "OfKind {{ category: {}, types: {types:?}, attachments: {answer} }}",
                    variant(category)
                ));
            }
            // Where categories are named, too, the types alone mean nothing.
            let types = rule.types.into_iter().filter(|_| rule.categories.is_empty());
            types.for_each(|pattern| attachments.add(pattern, answer.clone()));
        }
    }
    Ok(format!(
        "Tier {{ categories: {categories}, attachments: {attachments}, of_kinds: &[{}] }}",
        of_kinds.join(", ")
    ))
}

/// `identity-and-access` is `Category::IdentityAndAccess`.
fn variant(category: &str) -> String {
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    let name: String = category.split('-').map(capital).collect();
    format!("Category::{name}")
}

/// Answers by name and by pattern, in the order in which `Table::get` looks for them.
#[derive(Default)]
struct Table {
    exact: BTreeMap<String, String>,
    patterns: BTreeMap<String, Vec<(String, String)>>,
}

impl Table {
    fn add(&mut self, pattern: String, answer: String) {
        if pattern.contains('*') {
            let word = pattern.split(['_', '/']).next().unwrap_or_default();
            let fixed = word.len() < pattern.len() && !word.contains('*');
            let word = if fixed { word.to_owned() } else { String::new() };
            self.patterns.entry(word).or_default().push((pattern, answer));
        } else {
            self.exact.insert(pattern, answer);
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Table { exact: &[")?;
        for (name, answer) in &self.exact {
            writeln!(f, "({name:?}, {answer}),")?;
        }
        f.write_str("], patterns: &[")?;
        for (word, patterns) in &self.patterns {
            writeln!(f, "({word:?}, &[")?;
            for (pattern, answer) in patterns {
                writeln!(f, "(Pattern({pattern:?}), {answer}),")?;
            }
            f.write_str("]),")?;
        }
        f.write_str("] }")
    }
}

/// `attributes.toml`; what is printed of it is Rust.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct Rules {
    tags: TagRules,
    bookkeeping: Names,
    monitoring: MonitoringRules,
    zero_is_no_number: List<ZeroRule>,
    capacity: List<CapacityRule>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct ZeroRule {
    types: List<Pattern>,
    names: List<String>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct TagRules {
    types: List<Pattern>,
    names: List<String>,
    nested: List<String>,
    steering: List<String>,
    except: List<TagException>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct TagException {
    types: List<Pattern>,
    names: List<String>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct MonitoringRules {
    names: List<String>,
    lists: List<String>,
    modes: List<MonitoringMode>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct MonitoringMode {
    types: List<Pattern>,
    names: List<String>,
    values: List<String>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct Names {
    names: List<String>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct CapacityRule {
    types: List<Pattern>,
    #[serde(default)]
    numbers: List<String>,
    #[serde(default)]
    sizes: List<String>,
    #[serde(default)]
    plans: List<String>,
}

/// `sizes.toml`; what is printed of it is Rust.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct Sizes {
    amazon: Families,
    azure: Families,
    google: Families,
    named: List<NamedSizes>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct Families {
    arm: List<Pattern>,
    memory: List<Memory>,
    accelerated: List<Accelerated>,
    #[serde(default)]
    managed: List<String>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct Memory {
    gigabytes: f64,
    families: List<Pattern>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct Accelerated {
    kind: String,
    families: List<Pattern>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read when it is printed")]
struct NamedSizes {
    arm: List<Pattern>,
    sizes: List<(String, u32, f64)>,
}

#[derive(Deserialize, Debug)]
#[allow(dead_code, reason = "read when it is printed")]
struct Pattern(String);
