//! Names that say nothing: `Manager`, `Helper`, `Util`; types that end in `Data` or `Info`.

use std::sync::LazyLock;

use regex::Regex;

use super::{Finding, TreeFile};

/// Words that no name holds.
const BANNED: [&str; 6] = ["manager", "helper", "helpers", "util", "utils", "misc"];
/// Words that no type ends with.
const BANNED_ENDS: [&str; 2] = ["data", "info"];

#[expect(
    clippy::expect_used,
    reason = "a constant pattern, which the tests below compile"
)]
static DEFINITION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(?:pub(?:\([a-z]+\))? )?(?:async |unsafe |const )*(fn|struct|enum|trait|type|mod|static|const) (\w+)")
        .expect("the pattern is valid")
});

/// Checks the names that a file defines, and its own.
pub(super) fn check(file: &TreeFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let stem = file.name().split('.').next().unwrap_or_default();
    if let Some(word) = banned_word(stem) {
        findings.push(Finding::new(
            &file.path,
            0,
            format!("`{word}` in a file's name says nothing: name what it does"),
        ));
    }
    if file.is_rust() {
        findings.extend(
            file.lines()
                .filter_map(|(line, text)| check_line(file, line, text)),
        );
    }
    findings
}

fn check_line(file: &TreeFile, line: usize, text: &str) -> Option<Finding> {
    let captures = DEFINITION.captures(text)?;
    let (kind, name) = (captures.get(1)?.as_str(), captures.get(2)?.as_str());
    let is_type = matches!(kind, "struct" | "enum" | "trait" | "type");
    let word = banned_word(name).or_else(|| {
        let last = words(name).pop()?;
        (is_type && BANNED_ENDS.contains(&last.as_str())).then_some(last)
    })?;
    Some(Finding::new(
        &file.path,
        line,
        format!("`{word}` in `{name}` says nothing: name what it is or does"),
    ))
}

fn banned_word(name: &str) -> Option<String> {
    words(name)
        .into_iter()
        .find(|word| BANNED.contains(&word.as_str()))
}

/// The words of a name in any case: `PlanFile`, `plan_file`, `PLAN_FILE`, `plan-file`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous_lower = false;
    for letter in name.chars() {
        let boundary = letter == '_' || letter == '-' || (letter.is_uppercase() && previous_lower);
        if boundary {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        previous_lower = letter.is_lowercase() || letter.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&tree(&[(path, text)]).files[0]).len()
    }

    #[test]
    fn words_are_read_from_any_case() {
        assert_eq!(words("PlanFile"), ["plan", "file"]);
        assert_eq!(words("PLAN_FILE"), ["plan", "file"]);
        assert_eq!(words("plan-file2"), ["plan", "file2"]);
    }

    #[test]
    fn empty_words_are_found_where_they_are_defined() {
        assert_eq!(found("a.rs", concat!("pub struct Lock", "Manager;\n")), 1);
        assert_eq!(
            found("a.rs", concat!("    pub(crate) async fn u", "til_x() {}\n")),
            1
        );
        assert_eq!(found("a.rs", concat!("struct Plan", "Data;\n")), 1);
        assert_eq!(found(concat!("src/u", "tils.rs"), "\n"), 1);
    }

    #[test]
    fn good_names_pass() {
        assert_eq!(
            found(
                "a.rs",
                "fn data_folder() {}\nstruct PlanFile;\nuse x::Manager;\nstruct Utility;\n"
            ),
            0
        );
    }
}
