//! Finds the stacks of a repository by the folders of its files.

use std::collections::{BTreeMap, BTreeSet};

/// Names of folders that are taken for environments.
const ENVIRONMENTS: [&str; 13] = [
    "development",
    "dev",
    "test",
    "testing",
    "qa",
    "integration",
    "staging",
    "stage",
    "production",
    "prod",
    "live",
    "technical",
    "sandbox",
];
/// Folders below which no stack is looked for: what stands there is used by stacks.
const NO_STACKS: [&str; 4] = ["modules", "module", "examples", "tests"];

/// A stack that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundStack {
    pub(super) name: String,
    /// With `{environment}` where the environment's name stands.
    pub(super) folder: String,
    /// The folders that it stands for.
    pub(super) folders: BTreeSet<String>,
}

/// The stacks in these files, given by their paths from the root.
pub(super) fn find<'f>(files: impl IntoIterator<Item = &'f str>) -> Vec<FoundStack> {
    let mut patterns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        let is_configuration = [".tf", ".tf.json", ".tofu", ".tofu.json"]
            .iter()
            .any(|ending| file.ends_with(ending));
        let folder = file.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let parts: Vec<&str> = folder.split('/').collect();
        let hidden = |part: &&str| part.starts_with('.') && *part != ".";
        if !is_configuration || parts.iter().any(|part| NO_STACKS.contains(part) || hidden(part)) {
            continue;
        }
        patterns
            .entry(pattern(&parts))
            .or_default()
            .insert(folder.to_owned());
    }
    let mut names = BTreeSet::new();
    patterns
        .into_iter()
        .map(|(folder, folders)| FoundStack {
            name: free_name(&folder, &mut names),
            folder,
            folders,
        })
        .collect()
}

/// The folder with the first name of an environment replaced.
fn pattern(parts: &[&str]) -> String {
    let environment = parts.iter().position(|part| ENVIRONMENTS.contains(part));
    let parts = parts.iter().enumerate().map(|(position, part)| {
        if Some(position) == environment {
            "{environment}"
        } else {
            part
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A name for the stack: its last folder that is no environment, with those above it where it is taken.
fn free_name(folder: &str, taken: &mut BTreeSet<String>) -> String {
    let parts: Vec<String> = folder
        .split('/')
        .filter(|part| *part != "{environment}" && *part != ".")
        .map(plain)
        .collect();
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let mut candidates: Vec<String> = (1..=parts.len())
        .filter_map(|count| parts.get(parts.len() - count..))
        .map(|parts| parts.join("-"))
        .collect();
    if candidates.is_empty() {
        candidates.push("main".to_owned());
    }
    let base = candidates.last().cloned().unwrap_or_default();
    let numbered = (2..).map(|number: u32| format!("{base}-{number}"));
    let name = candidates
        .into_iter()
        .chain(numbered)
        .map(|name| name.chars().take(60).collect::<String>())
        .find(|name| !taken.contains(name));
    let name = name.unwrap_or_default();
    taken.insert(name.clone());
    name
}

/// A part of a path as it may stand in a name.
fn plain(part: &str) -> String {
    let text: String = part
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    text.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[&str]) -> Vec<(String, String)> {
        find(files.iter().copied())
            .into_iter()
            .map(|stack| (stack.name, stack.folder))
            .collect()
    }

    #[test]
    fn by_folder_and_environment() {
        let pair = |name: &str, folder: &str| (name.to_owned(), folder.to_owned());
        assert_eq!(
            found(&[
                "environments/staging/network/main.tf",
                "environments/staging/network/out.tf",
                "environments/production/network/main.tf",
                "prod/Data Base/main.tf",
                "modules/vpc/main.tf",
                ".terraform/x/main.tf",
                "README.md",
            ]),
            [
                pair("network", "environments/{environment}/network"),
                pair("data-base", "{environment}/Data Base")
            ]
        );
        assert_eq!(found(&["main.tf"]), [pair("main", ".")]);
        assert_eq!(
            found(&["a/net/x.tf", "b/net/x.tf"]),
            [pair("net", "a/net"), pair("b-net", "b/net")]
        );
        assert_eq!(found(&[]), []);
    }
}
