//! The form of decision records and of the change log.

use super::{Finding, Tree, TreeFile};

const DECISIONS: &str = "docs/decisions/";
/// What every decision record holds, at the start of a line.
const PARTS: [&str; 6] = [
    "# ",
    "Status: ",
    "Date: ",
    "## Context",
    "## Decision",
    "## Consequences",
];
const STATUSES: [&str; 3] = ["accepted", "replaced by", "withdrawn"];

/// Checks all records of the tree.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = check_changelog(tree);
    let decisions: Vec<&TreeFile> = tree
        .files
        .iter()
        .filter(|file| file.path.starts_with(DECISIONS) && file.name() != "README.md")
        .collect();
    for (index, file) in decisions.iter().enumerate() {
        findings.extend(check_decision(file, index + 1));
    }
    findings
}

fn check_changelog(tree: &Tree) -> Vec<Finding> {
    let path = "CHANGELOG.md";
    let there = tree
        .file(path)
        .is_some_and(|file| file.lines().any(|(_, line)| line == "## [Unreleased]"));
    if there {
        Vec::new()
    } else {
        vec![Finding::new(path, 0, "has no section `## [Unreleased]`: add it")]
    }
}

/// Records are numbered from 0001 without a gap, so that a number names one for ever.
fn check_decision(file: &TreeFile, number: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !file.name().starts_with(&format!("{number:04}-")) {
        let message = format!("the record's number is not the next one, {number:04}: rename the file");
        findings.push(Finding::new(&file.path, 0, message));
    }
    for part in PARTS
        .iter()
        .filter(|part| !file.lines().any(|(_, line)| line.starts_with(**part)))
    {
        findings.push(Finding::new(
            &file.path,
            0,
            format!("has no line that starts with `{part}`: add it"),
        ));
    }
    for (line, text) in file.lines() {
        let status = text.strip_prefix("Status: ");
        if status.is_some_and(|status| !STATUSES.iter().any(|known| status.starts_with(known))) {
            findings.push(Finding::new(
                &file.path,
                line,
                format!("the status is none of {}", STATUSES.join(", ")),
            ));
        }
        if text.strip_prefix("Date: ").is_some_and(|date| !is_date(date)) {
            findings.push(Finding::new(
                &file.path,
                line,
                "the date is not written as 2026-01-31",
            ));
        }
    }
    findings
}

fn is_date(text: &str) -> bool {
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts.as_slice(), [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2))
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::*;

    const RECORD: &str =
        "# A\n\nStatus: accepted\nDate: 2026-01-31\n\n## Context\n\n## Decision\n\n## Consequences\n";
    const LOG: (&str, &str) = ("CHANGELOG.md", "# Changes\n\n## [Unreleased]\n");

    fn found(name: &str, text: &str) -> usize {
        check(&tree(&[LOG, (&format!("{DECISIONS}{name}"), text)])).len()
    }

    #[test]
    fn a_whole_record_passes() {
        assert_eq!(found("0001-a.md", RECORD), 0);
    }

    #[test]
    fn a_record_with_a_part_missing_is_found() {
        assert_eq!(found("0001-a.md", &RECORD.replace("## Decision\n", "")), 1);
        assert_eq!(found("0001-a.md", &RECORD.replace("accepted", "perhaps")), 1);
        assert_eq!(found("0001-a.md", &RECORD.replace("2026-01-31", "yesterday")), 1);
        assert_eq!(found("0002-a.md", RECORD), 1);
    }

    #[test]
    fn a_change_log_without_the_next_release_is_found() {
        assert_eq!(check(&tree(&[("CHANGELOG.md", "# Changes\n")])).len(), 1);
    }
}
