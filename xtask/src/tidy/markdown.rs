//! Links of documents to files of the repository lead somewhere.

use std::sync::LazyLock;

use regex::Regex;

use super::{Finding, Tree, TreeFile};

#[expect(
    clippy::expect_used,
    reason = "a constant pattern, which the tests below compile"
)]
static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\]\(([^)\s]+)\)").expect("the pattern is valid"));

/// Checks the links of one document.
pub(super) fn check(file: &TreeFile, tree: &Tree) -> Vec<Finding> {
    if file.extension() != "md" {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut in_code = false;
    for (line, text) in file.lines() {
        if text.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for target in LINK.captures_iter(text).filter_map(|captures| captures.get(1)) {
            findings.extend(check_link(file, tree, line, target.as_str()));
        }
    }
    findings
}

fn check_link(file: &TreeFile, tree: &Tree, line: usize, target: &str) -> Option<Finding> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let found = if path.is_empty() {
        Some(file.path.clone())
    } else {
        resolve(&file.path, path)
    };
    let Some(found) = found.filter(|found| tree.paths.contains(found)) else {
        return Some(Finding::new(
            &file.path,
            line,
            format!("the link `{target}` leads to no file: mend it"),
        ));
    };
    let heading_missing = !anchor.is_empty()
        && tree
            .file(&found)
            .is_some_and(|document| !document.lines().any(|(_, text)| slug(text) == anchor));
    heading_missing.then(|| {
        Finding::new(
            &file.path,
            line,
            format!("`{found}` has no heading `#{anchor}`: mend the link"),
        )
    })
}

/// The path from the root that a link means; `None` when it leads out of the repository.
fn resolve(document: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in link.trim_end_matches('/').split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The anchor that forges give to a heading; empty when the line is none.
fn slug(line: &str) -> String {
    let title = line.trim_start_matches('#');
    if title.len() == line.len() || !title.starts_with(' ') {
        return String::new();
    }
    let kept = title
        .trim()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let tree = tree(&[
            ("docs/a.md", text),
            ("README.md", "# The first\n"),
            ("docs/b/c.md", ""),
        ]);
        check(&tree.files[0], &tree)
            .iter()
            .map(Finding::to_string)
            .collect()
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        let text =
            "[a](../README.md) [b](b/c.md) [c](b/) [d](https://example.com) [e](../README.md#the-first)\n";
        assert_eq!(found(text), Vec::<String>::new());
        assert!(found("```\n[a](nowhere)\n```\n").is_empty());
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        assert_eq!(
            found("\n[a](gone.md)\n"),
            ["docs/a.md:2: the link `gone.md` leads to no file: mend it"]
        );
        assert_eq!(found("[a](../../out.md)\n").len(), 1);
        assert_eq!(found("[a](../README.md#second)\n").len(), 1);
    }
}
