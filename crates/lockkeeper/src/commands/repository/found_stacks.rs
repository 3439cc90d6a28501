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
    let folders = folders(files);
    let mut shared: BTreeMap<String, usize> = BTreeMap::new();
    for pattern in folders.iter().flat_map(|folder| candidates(folder)) {
        *shared.entry(pattern).or_default() += 1;
    }
    let mut patterns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for folder in folders {
        let shared_by = |pattern: &String| shared.get(pattern).copied().unwrap_or_default();
        // `max_by_key` answers the last of several, and the first is wanted.
        let pattern = candidates(folder).into_iter().rev().max_by_key(shared_by);
        patterns
            .entry(pattern.unwrap_or_else(|| folder.to_owned()))
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

/// The folders that hold a configuration of their own.
fn folders<'f>(files: impl IntoIterator<Item = &'f str>) -> BTreeSet<&'f str> {
    let mut folders = BTreeSet::new();
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
        folders.insert(folder);
    }
    folders
}

/// The folder with each name of an environment replaced in turn. Which of them stands for one is told by the others: of
/// `live/staging/network` and `live/production/network` it is not `live`.
fn candidates(folder: &str) -> Vec<String> {
    let parts: Vec<&str> = folder.split('/').collect();
    let environments = parts
        .iter()
        .enumerate()
        .filter(|(_, part)| ENVIRONMENTS.contains(part));
    environments
        .map(|(position, _)| {
            let mut parts = parts.clone();
            if let Some(part) = parts.get_mut(position) {
                *part = "{environment}";
            }
            parts.join("/")
        })
        .collect()
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
        assert_eq!(
            found(&["live/staging/net/main.tf", "live/production/net/main.tf"]),
            [pair("net", "live/{environment}/net")]
        );
        assert_eq!(
            found(&["production/testing/main.tf"]),
            [pair("testing", "{environment}/testing")]
        );
        assert_eq!(found(&["main.tf"]), [pair("main", ".")]);
        assert_eq!(
            found(&["a/net/x.tf", "b/net/x.tf"]),
            [pair("net", "a/net"), pair("b-net", "b/net")]
        );
        assert_eq!(found(&[]), []);
    }
}
