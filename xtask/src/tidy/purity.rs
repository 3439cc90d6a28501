//! The pure crates reach no runtime, no database and no network, not even by way of another crate.

use std::path::Path;

use super::{Finding, TidyError};
use crate::command;

/// Crates without IO.
const PURE: [&str; 3] = ["lockkeeper-domain", "lockkeeper-plan", "lockkeeper-config"];
/// What a pure crate never reaches. `getrandom` is not here: `uuid` brings it, and `clippy.toml` bans the
/// calls that would use it.
const IMPURE: [&str; 8] = [
    "async-std",
    "axum",
    "hyper",
    "mio",
    "rand",
    "reqwest",
    "sqlx",
    "tokio",
];

/// Asks cargo for everything that the pure crates are built with.
///
/// # Errors
/// [`TidyError`] when cargo fails.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>, TidyError> {
    let mut findings = Vec::new();
    for name in PURE {
        let arguments = [
            "tree",
            "--offline",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--package",
            name,
        ];
        findings.extend(
            reached(&command::output(root, "cargo", &arguments)?).map(|library| {
                let manifest = format!("crates/{name}/Cargo.toml");
                Finding::new(
                    &manifest,
                    0,
                    format!(
                        "reaches {library}: the crate is pure; `cargo tree -p {name} -i {library}` says how"
                    ),
                )
            }),
        );
    }
    Ok(findings)
}

/// The impure libraries of a listing, which has one `name version` on each line.
fn reached(listing: &str) -> impl Iterator<Item = &'static str> {
    IMPURE.into_iter().filter(move |library| {
        listing
            .lines()
            .any(|line| line.split(' ').next() == Some(library))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_found_by_its_whole_name() {
        let listing = "lockkeeper-domain v0.1.0 (/x)\ntokio-util v0.7.1\ntokio v1.50.0 (*)\n";
        assert_eq!(reached(listing).collect::<Vec<_>>(), ["tokio"]);
    }
}
