//! Folders of stacks, from the repository's root.

use std::collections::BTreeSet;

use crate::reading::{Problems, Value};

/// What stands for the name of the environment in a folder.
const PLACEHOLDER: &str = "{environment}";

/// The folder that stands for the repository's root.
const ROOT: &str = ".";

/// A relative folder inside of the repository, without a slash at its end.
pub(super) fn read(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<String> {
    let text = value.filled_text(problems)?;
    let folder = text.strip_suffix('/').unwrap_or(text);
    match mistake(folder) {
        None => Some(folder.to_owned()),
        Some((what, hint)) => value.refuse(
            problems,
            format!("`{}`: the folder `{text}` {what}.", value.path()),
            Some(hint.to_owned()),
        ),
    }
}

/// What is wrong with a folder, and what to write instead.
fn mistake(folder: &str) -> Option<(&'static str, &'static str)> {
    const FROM_ROOT: &str =
        "Write it from the root of the repository, as in `environments/{environment}/network`.";
    let has_drive = folder.as_bytes().get(1) == Some(&b':');
    if folder.is_empty() || folder.starts_with('/') || has_drive {
        return Some(("is absolute", FROM_ROOT));
    }
    if folder.contains('\\') {
        return Some(("holds a backslash", "Separate folders with `/`."));
    }
    if folder.chars().any(char::is_control) {
        return Some(("holds a control character", FROM_ROOT));
    }
    if folder == ROOT {
        return None;
    }
    if folder.split('/').any(|part| part == "..") {
        return Some(("leads out of the repository with `..`", FROM_ROOT));
    }
    if folder.split('/').any(|part| part.is_empty() || part == ROOT) {
        return Some(("holds an empty part or a `.`", FROM_ROOT));
    }
    if folder.split('/').any(|part| part.eq_ignore_ascii_case(".git")) {
        return Some(("lies in `.git`", FROM_ROOT));
    }
    let rest = folder.replace(PLACEHOLDER, "");
    if rest.contains(['{', '}']) {
        return Some((
            "holds a placeholder that is not known",
            "The only one is `{environment}`.",
        ));
    }
    None
}

/// The folders that hold a file of Terraform or OpenTofu.
pub(super) fn with_configuration<'f>(files: impl IntoIterator<Item = &'f str>) -> BTreeSet<&'f str> {
    const ENDINGS: [&str; 4] = [".tf", ".tf.json", ".tofu", ".tofu.json"];
    files
        .into_iter()
        .filter(|file| ENDINGS.iter().any(|ending| file.ends_with(ending)))
        .map(|file| file.rsplit_once('/').map_or(ROOT, |(folder, _)| folder))
        .collect()
}

/// Whether the folder is what the pattern gives for some environment, one name wherever it stands.
pub(super) fn is_of(pattern: &str, folder: &str) -> bool {
    environment_in(pattern, folder).is_some()
}

/// The environment for which the pattern gives the folder, `Some(None)` when the pattern names none;
/// `None` when it gives the folder for no environment.
pub(super) fn environment_in<'f>(pattern: &str, folder: &'f str) -> Option<Option<&'f str>> {
    let Some((before, after)) = pattern.split_once(PLACEHOLDER) else {
        return (pattern == folder).then_some(None);
    };
    let rest = folder.strip_prefix(before)?;
    let ends = rest
        .char_indices()
        .map(|(index, _)| index)
        .chain([rest.len()])
        .skip(1);
    ends.filter_map(|end| rest.get(..end))
        .take_while(|environment| !environment.contains('/'))
        .find(|environment| {
            let tail = rest.strip_prefix(environment).unwrap_or_default();
            tail == after.replace(PLACEHOLDER, environment)
        })
        .map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders() {
        for good in [
            "network",
            "environments/{environment}/network",
            ".",
            "{environment}",
            "a/..b",
        ] {
            assert_eq!(mistake(good), None, "{good}");
        }
        for bad in [
            "",
            "/etc",
            "C:/x",
            "a\\b",
            "..",
            "a/../b",
            "a//b",
            "./a",
            ".git/x",
            "a/{env}",
            "{environment",
            "a\nb",
        ] {
            assert!(mistake(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_folder_is_of_its_pattern() {
        assert!(is_of(
            "environments/{environment}/network",
            "environments/staging/network"
        ));
        assert!(is_of("{environment}/net-{environment}", "a/net-a"));
        assert!(!is_of("{environment}/net-{environment}", "a/net-b"));
        assert!(!is_of(
            "environments/{environment}/network",
            "environments/a/b/network"
        ));
        assert!(!is_of("environments/{environment}", "environments/"));
        assert!(is_of(".", "."));
        assert!(is_of("{environment}-network", "staging-network"));
        assert!(!is_of("network", "networks"));
    }
}
