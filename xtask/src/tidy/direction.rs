//! Which crate may know which: dependencies point from the program to the domain, never back.

use super::Finding;
use super::crates::Crate;

/// What each crate may depend on among the crates of the workspace. A new crate gets its line here,
/// and a new word in a line is a decision to be reviewed.
const MAY_KNOW: [(&str, &[&str]); 19] = [
    ("lockkeeper-domain", &[]),
    ("lockkeeper-graph", &[]),
    ("lockkeeper-plan", &["domain"]),
    ("lockkeeper-policy", &["domain", "plan"]),
    ("lockkeeper-scan", &["domain"]),
    ("lockkeeper-cost", &["domain"]),
    ("lockkeeper-store", &["domain"]),
    ("lockkeeper-backup", &["store"]),
    ("lockkeeper-engine", &["domain"]),
    ("lockkeeper-config", &["domain"]),
    ("lockkeeper-git", &["domain", "engine"]),
    ("lockkeeper-terraform", &["domain", "engine", "plan"]),
    (
        "lockkeeper-usecases",
        &[
            "backup", "config", "cost", "domain", "engine", "git", "plan", "policy", "scan", "store",
        ],
    ),
    ("lockkeeper-workers", &["domain", "store", "usecases"]),
    ("lockkeeper-api", &[]),
    ("lockkeeper-http", &["api", "domain", "store", "usecases"]),
    (
        "lockkeeper",
        &[
            "api",
            "backup",
            "config",
            "cost",
            "domain",
            "engine",
            "git",
            "graph",
            "http",
            "plan",
            "policy",
            "scan",
            "store",
            "terraform",
            "usecases",
            "workers",
        ],
    ),
    ("lockkeeper-testkit", &[]),
    ("xtask", &["api", "config", "domain", "plan", "testkit"]),
];

/// Crates that only tests and tasks may use.
const FOR_TESTS: [&str; 1] = ["lockkeeper-testkit"];

/// Libraries that one crate alone may name, and why.
const OWNED: [(&str, &str, &str); 5] = [
    ("sqlx", "lockkeeper-store", "only the store knows the database"),
    ("axum", "lockkeeper-http", "only http knows the web framework"),
    (
        "utoipa-axum",
        "lockkeeper-http",
        "only http knows the web framework",
    ),
    ("clap", "lockkeeper", "only the program has a command line"),
    (
        "regorus",
        "lockkeeper-policy",
        "only the policies know the interpreter",
    ),
];

/// Checks the dependencies of every crate.
pub(super) fn check(crates: &[Crate]) -> Vec<Finding> {
    crates
        .iter()
        .flat_map(|one| check_direction(one).into_iter().chain(check_owned(one)))
        .collect()
}

fn check_direction(one: &Crate) -> Vec<Finding> {
    let Some((_, allowed)) = MAY_KNOW.iter().find(|(name, _)| *name == one.name) else {
        let message = "the crate has no line in xtask/src/tidy/direction.rs: say there what it may depend on";
        return vec![Finding::new(&one.manifest, 0, message)];
    };
    let own = one
        .dependencies
        .iter()
        .filter(|d| d.name.starts_with("lockkeeper"));
    own.filter(|d| {
        let short = d.name.trim_start_matches("lockkeeper-");
        let test_only = FOR_TESTS.contains(&d.name.as_str());
        // Tests may look from above; a product never depends on what is for tests.
        if d.for_tests {
            false
        } else {
            !allowed.contains(&short) || (test_only && one.name != "xtask")
        }
    })
    .map(|d| {
        let message = format!("must not depend on {}: see the house in ARCHITECTURE.md", d.name);
        Finding::new(&one.manifest, 0, message)
    })
    .collect()
}

fn check_owned(one: &Crate) -> Vec<Finding> {
    let named = one
        .dependencies
        .iter()
        .filter_map(|d| OWNED.iter().find(|(library, ..)| *library == d.name));
    named
        .filter(|(_, owner, _)| *owner != one.name)
        .map(|(library, owner, why)| {
            Finding::new(
                &one.manifest,
                0,
                format!("names {library}, which belongs to {owner}: {why}"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::crates::Dependency;
    use super::*;

    fn found(name: &str, dependency: &str, for_tests: bool) -> usize {
        let dependencies = vec![Dependency {
            name: dependency.to_owned(),
            for_tests,
        }];
        check(&[Crate {
            name: name.to_owned(),
            dependencies,
            ..Crate::default()
        }])
        .len()
    }

    #[test]
    fn dependencies_point_to_the_domain() {
        assert_eq!(found("lockkeeper-store", "lockkeeper-domain", false), 0);
        assert_eq!(found("lockkeeper-domain", "lockkeeper-store", false), 1);
        assert_eq!(found("lockkeeper-api", "lockkeeper-domain", false), 1);
        assert_eq!(found("lockkeeper-new", "serde", false), 1);
    }

    #[test]
    fn the_test_kit_is_for_tests() {
        assert_eq!(found("lockkeeper-http", "lockkeeper-testkit", true), 0);
        assert_eq!(found("lockkeeper-http", "lockkeeper-testkit", false), 1);
        assert_eq!(found("xtask", "lockkeeper-testkit", false), 0);
    }

    #[test]
    fn one_crate_alone_names_the_database_library() {
        assert_eq!(found("lockkeeper-store", "sqlx", false), 0);
        assert_eq!(found("lockkeeper-usecases", "sqlx", true), 1);
        assert_eq!(found("lockkeeper", "axum", false), 1);
    }
}
