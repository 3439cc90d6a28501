//! What source text may hold in which crate: SQL in the store alone, printing in binaries alone.

use std::sync::LazyLock;

use regex::Regex;

use super::{Finding, TreeFile};

/// Where SQL may stand: the store, which alone knows the database.
const WITH_SQL: [&str; 1] = ["crates/lockkeeper-store/"];
/// What may print: the programs that people start.
const PRINTING: [&str; 2] = ["crates/lockkeeper/", "xtask/"];

#[expect(
    clippy::expect_used,
    reason = "a constant pattern, which the tests below compile"
)]
static SQL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?:"|^)\s*(SELECT|WITH)\s+[\w*]|\b(SELECT\s.*\bFROM\b|INSERT\s+INTO\s+\w|UPDATE\s+\w+\s+SET\b|DELETE\s+FROM\s+\w"#,
        r"|(CREATE|ALTER|DROP)\s+(TABLE|INDEX)\s+\w|BEGIN\s+IMMEDIATE)"
    ))
    .expect("the pattern is valid")
});

#[expect(
    clippy::expect_used,
    reason = "a constant pattern, which the tests below compile"
)]
static PRINT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(e?print(ln)?|dbg)!\s*\(").expect("the pattern is valid"));

/// Checks the product part of one file of Rust.
pub(super) fn check(file: &TreeFile) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    let code = file
        .product_lines()
        .filter(|(_, text)| !text.trim_start().starts_with("//"));
    code.flat_map(|(line, text)| check_line(file, line, text))
        .collect()
}

fn check_line(file: &TreeFile, line: usize, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if SQL.is_match(text) && !starts_with_any(&file.path, &WITH_SQL) {
        let message = "SQL outside of the store: only lockkeeper-store knows the database";
        findings.push(Finding::new(&file.path, line, message));
    }
    // A build script talks to cargo by printing.
    let prints = starts_with_any(&file.path, &PRINTING) || file.path.ends_with("/build.rs");
    if PRINT.is_match(text) && !prints {
        let message = "a library prints: give the text to the caller, or log it by `tracing`";
        findings.push(Finding::new(&file.path, line, message));
    }
    findings
}

fn starts_with_any(path: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| path.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::*;

    const QUERY: &str = "let q = \"SELECT id FROM change WHERE id = $1\";\n";
    const PRINTS: &str = "    println!(\"x\");\n";

    fn found(path: &str, text: &str) -> usize {
        check(&tree(&[(path, text)]).files[0]).len()
    }

    #[test]
    fn sql_stands_in_the_store_alone() {
        assert_eq!(found("crates/lockkeeper-usecases/src/a.rs", QUERY), 1);
        assert_eq!(
            found("crates/lockkeeper-usecases/src/a.rs", "\"DELETE FROM job\"\n"),
            1
        );
        assert_eq!(found("crates/lockkeeper-store/src/a.rs", QUERY), 0);
        assert_eq!(
            found("crates/lockkeeper-http/src/a.rs", "// SELECT a FROM b\n"),
            0
        );
        assert_eq!(
            found("crates/lockkeeper-http/src/a.rs", "\"choose: SELECT one\"\n"),
            0
        );
        assert_eq!(found("crates/lockkeeper-http/src/a.rs", "    SELECT id,\n"), 1);
    }

    #[test]
    fn libraries_do_not_print_and_their_tests_may() {
        assert_eq!(found("crates/lockkeeper-plan/src/a.rs", PRINTS), 1);
        assert_eq!(found("crates/lockkeeper/src/main.rs", PRINTS), 0);
        assert_eq!(
            found(
                "crates/lockkeeper-plan/src/a.rs",
                &format!("#[cfg(test)]\n{PRINTS}")
            ),
            0
        );
    }
}
