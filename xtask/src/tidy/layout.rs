//! White space, line ends, unfinished work and the size of files.

use super::{Finding, TreeFile};

/// More lines than this in one file are a question; tests do not count.
const MOST_LINES: usize = 600;

/// Files that may be longer, and why.
const LONGER: [(&str, &str); 1] = [(
    "docs/cli.md",
    "made from the command tree; one page is easier to search",
)];

/// Words that say that work is not finished. Written in two parts, so that this file passes.
const UNFINISHED: [&str; 4] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
];

/// Checks one file.
pub(super) fn check(file: &TreeFile) -> Vec<Finding> {
    let mut findings: Vec<Finding> = file
        .lines()
        .flat_map(|(line, text)| check_line(file, line, text))
        .collect();
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        findings.push(Finding::new(
            &file.path,
            file.lines().count(),
            "the last line has no end: add a newline",
        ));
    }
    if file.text.ends_with("\n\n") {
        findings.push(Finding::new(
            &file.path,
            file.lines().count() - 1,
            "empty lines at the end: remove them",
        ));
    }
    findings.extend(check_size(file));
    findings
}

fn check_line(file: &TreeFile, line: usize, text: &str) -> Vec<Finding> {
    let mut messages: Vec<String> = Vec::new();
    if text.ends_with('\r') {
        messages.push("the line ends with CR LF: use LF alone".to_owned());
    } else if text.ends_with([' ', '\t']) && file.extension() != "patch" {
        messages.push("white space at the end of the line: remove it".to_owned());
    }
    if text.contains('\t') && file.name() != "Makefile" {
        messages.push("a tab: use spaces, or \\t in a text".to_owned());
    }
    for word in UNFINISHED.iter().filter(|word| text.contains(**word)) {
        messages.push(format!(
            "`{word}`: finish it, or open an issue and remove the mark"
        ));
    }
    messages
        .into_iter()
        .map(|message| Finding::new(&file.path, line, message))
        .collect()
}

fn check_size(file: &TreeFile) -> Option<Finding> {
    let lines = match file.extension() {
        "rs" => file.product_lines().count(),
        "patch" | "css" => return None,
        _ => file.lines().count(),
    };
    let allowed = LONGER.iter().any(|(path, _)| *path == file.path);
    (lines > MOST_LINES && !allowed).then(|| {
        Finding::new(
            &file.path,
            0,
            format!("{lines} lines without its tests, more than {MOST_LINES}: split it by what it is about"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<String> {
        check(&tree(&[(path, text)]).files[0])
            .iter()
            .map(Finding::to_string)
            .collect()
    }

    #[test]
    fn a_clean_file_passes() {
        assert!(messages("a.rs", "fn a() {}\n").is_empty());
        assert!(messages("Makefile", "a:\n\techo\n").is_empty());
        assert!(messages("a.patch", " \n").is_empty());
    }

    #[test]
    fn white_space_is_found_with_its_line() {
        assert_eq!(
            messages("a.rs", "a\nb \n"),
            ["a.rs:2: white space at the end of the line: remove it"]
        );
        assert_eq!(
            messages("a.rs", "a\r\n"),
            ["a.rs:1: the line ends with CR LF: use LF alone"]
        );
        assert_eq!(
            messages("a.rs", "\ta\n"),
            ["a.rs:1: a tab: use spaces, or \\t in a text"]
        );
        assert_eq!(
            messages("a.rs", "a"),
            ["a.rs:1: the last line has no end: add a newline"]
        );
        assert_eq!(
            messages("a.rs", "a\n\n"),
            ["a.rs:2: empty lines at the end: remove them"]
        );
    }

    #[test]
    fn unfinished_work_is_found() {
        let text = format!("// {}: later\n", UNFINISHED[0]);
        assert_eq!(messages("a.rs", &text).len(), 1);
    }

    #[test]
    fn a_long_file_is_found_and_its_tests_do_not_count() {
        let long = "a\n".repeat(MOST_LINES + 1);
        assert_eq!(messages("a.rs", &long).len(), 1);
        assert!(messages("a.rs", &format!("#[cfg(test)]\n{long}")).is_empty());
        assert!(messages("crates/a/tests/b.rs", &long).is_empty());
    }
}
