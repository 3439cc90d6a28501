//! The crates of the workspace: what their manifests must say.

use std::path::Path;

use serde_json::Value;

use super::{Finding, TidyError, Tree};
use crate::command;

/// A crate of the workspace, as `cargo metadata` tells it.
#[derive(Debug, Default)]
pub(super) struct Crate {
    /// The name of the package.
    pub(super) name: String,
    /// The manifest, from the root of the workspace.
    pub(super) manifest: String,
    /// The description; empty when there is none.
    pub(super) description: String,
    /// The first file of each library and program.
    pub(super) roots: Vec<String>,
    /// What it depends on.
    pub(super) dependencies: Vec<Dependency>,
}

/// One dependency of a crate.
#[derive(Debug)]
pub(super) struct Dependency {
    /// The name of the package.
    pub(super) name: String,
    /// Whether only tests and benchmarks need it.
    pub(super) for_tests: bool,
}

/// Asks cargo for the crates of the workspace.
///
/// # Errors
/// [`TidyError`] when cargo fails or its answer cannot be read.
pub(super) fn read(root: &Path) -> Result<Vec<Crate>, TidyError> {
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let answer = command::output(root, "cargo", &arguments)?;
    let answer: Value =
        serde_json::from_str(&answer).map_err(|error| TidyError::Metadata(error.to_string()))?;
    let at = answer["workspace_root"].as_str().unwrap_or_default();
    let packages = answer["packages"]
        .as_array()
        .ok_or_else(|| TidyError::Metadata("it has no packages".to_owned()))?;
    Ok(packages
        .iter()
        .map(|package| from_metadata(package, at))
        .collect())
}

fn from_metadata(package: &Value, root: &str) -> Crate {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let local = |value: &Value| {
        text(value)
            .trim_start_matches(root)
            .trim_start_matches('/')
            .to_owned()
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let is_product = |target: &Value| {
        list(&target["kind"])
            .iter()
            .any(|kind| kind == "lib" || kind == "bin")
    };
    Crate {
        name: text(&package["name"]),
        manifest: local(&package["manifest_path"]),
        description: text(&package["description"]),
        roots: list(&package["targets"])
            .iter()
            .filter(|t| is_product(t))
            .map(|t| local(&t["src_path"]))
            .collect(),
        dependencies: list(&package["dependencies"])
            .iter()
            .map(|d| Dependency {
                name: text(&d["name"]),
                for_tests: d["kind"] == "dev",
            })
            .collect(),
    }
}

/// Checks what each crate says about itself.
pub(super) fn check(crates: &[Crate], tree: &Tree) -> Vec<Finding> {
    crates.iter().flat_map(|one| check_crate(one, tree)).collect()
}

fn check_crate(one: &Crate, tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    if one.description.trim().is_empty() {
        findings.push(Finding::new(
            &one.manifest,
            0,
            "has no description: say in one line what the crate is for",
        ));
    }
    let folder = one
        .manifest
        .trim_end_matches("/Cargo.toml")
        .rsplit('/')
        .next()
        .unwrap_or_default();
    if folder != one.name {
        findings.push(Finding::new(
            &one.manifest,
            0,
            format!("the folder is not named as the crate, {}", one.name),
        ));
    }
    let manifest = tree
        .file(&one.manifest)
        .map(|file| file.text.as_str())
        .unwrap_or_default();
    if !has_workspace_lints(manifest) {
        findings.push(Finding::new(
            &one.manifest,
            0,
            "has no `[lints] workspace = true`: add it",
        ));
    }
    for root in &one.roots {
        if tree.file(root).is_some_and(|file| !file.text.starts_with("//! ")) {
            findings.push(Finding::new(
                root,
                1,
                "does not start with `//!`: say what the crate is for",
            ));
        }
    }
    findings
}

fn has_workspace_lints(manifest: &str) -> bool {
    let table: Option<toml::Table> = manifest.parse().ok();
    table.is_some_and(|table| {
        table.get("lints").and_then(|lints| lints.get("workspace")) == Some(&true.into())
    })
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::*;

    const MANIFEST: &str = "[package]\nname = \"a\"\n[lints]\nworkspace = true\n";

    fn found(description: &str, manifest: &str, root: &str) -> Vec<String> {
        let one = Crate {
            name: "a".to_owned(),
            manifest: "crates/a/Cargo.toml".to_owned(),
            description: description.to_owned(),
            roots: vec!["crates/a/src/lib.rs".to_owned()],
            dependencies: vec![],
        };
        let tree = tree(&[("crates/a/Cargo.toml", manifest), ("crates/a/src/lib.rs", root)]);
        check(&[one], &tree).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_crate_that_says_what_it_is_passes() {
        assert!(found("Counts", MANIFEST, "//! Counts.\n").is_empty());
    }

    #[test]
    fn what_a_crate_does_not_say_is_found() {
        assert_eq!(found("", MANIFEST, "//! Counts.\n").len(), 1);
        assert_eq!(
            found("Counts", "[package]\nname = \"a\"\n", "//! Counts.\n").len(),
            1
        );
        assert_eq!(found("Counts", MANIFEST, "use x;\n").len(), 1);
    }
}
