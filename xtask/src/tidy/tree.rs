//! The files of the work tree, as far as they are text that people write.

use std::collections::BTreeSet;
use std::path::Path;

use super::TidyError;
use crate::command;

/// Endings of files that people write and read.
const TEXT: [&str; 12] = [
    "rs", "toml", "md", "tf", "sh", "sql", "html", "css", "js", "yml", "yaml", "patch",
];
/// Files without such an ending that people write all the same.
const TEXT_NAMES: [&str; 6] = [
    "Makefile",
    "run",
    "install",
    ".editorconfig",
    ".gitignore",
    "LICENSE-MIT",
];
/// Parts of a path that say that a file is material of tests, kept as it came.
const MATERIAL: [&str; 3] = ["testdata", "snapshots", "corpus"];

/// The files of the work tree, those that git ignores left out.
#[derive(Debug, Default)]
pub struct Tree {
    /// Every path from the root, folders included.
    pub paths: BTreeSet<String>,
    /// The files of text.
    pub files: Vec<TreeFile>,
}

/// A file of text.
#[derive(Debug)]
pub struct TreeFile {
    /// The path from the root, with `/`.
    pub path: String,
    /// What the file holds.
    pub text: String,
}

impl Tree {
    /// Reads the files that git knows or would add.
    ///
    /// # Errors
    /// [`TidyError`] when git fails or a file cannot be read.
    pub fn read(root: &Path) -> Result<Self, TidyError> {
        let listed = command::output(
            root,
            "git",
            &["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        )?;
        let mut tree = Self::default();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            let full = root.join(path);
            // Deleted and not committed yet: git lists it still.
            if !full.exists() {
                continue;
            }
            tree.add_path(path);
            if is_text(path) {
                let text = std::fs::read_to_string(&full)
                    .map_err(|source| TidyError::Read { path: full, source })?;
                tree.files.push(TreeFile {
                    path: path.to_owned(),
                    text,
                });
            }
        }
        Ok(tree)
    }

    /// The file of the path, if it is text.
    pub fn file(&self, path: &str) -> Option<&TreeFile> {
        self.files.iter().find(|file| file.path == path)
    }

    fn add_path(&mut self, path: &str) {
        let mut parent = String::new();
        for part in path.split('/') {
            if !parent.is_empty() {
                parent.push('/');
            }
            parent.push_str(part);
            self.paths.insert(parent.clone());
        }
    }
}

impl TreeFile {
    /// The name of the file without its folder.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The ending of the name, or nothing.
    pub fn extension(&self) -> &str {
        self.name()
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
    }

    /// Whether the file is Rust.
    pub fn is_rust(&self) -> bool {
        self.extension() == "rs"
    }

    /// Whether the whole file is about tests.
    pub fn is_test(&self) -> bool {
        self.path
            .split('/')
            .any(|part| part == "tests" || part == "tests.rs" || part == "benches")
    }

    /// The lines with their numbers, from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .split('\n')
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    /// The lines of a Rust file before its tests, which stand last.
    pub fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let whole = usize::from(!self.is_test()) * usize::MAX;
        let before_tests = self
            .text
            .split('\n')
            .position(|line| line == "#[cfg(test)]")
            .unwrap_or(usize::MAX);
        self.lines().take(before_tests.min(whole))
    }
}

fn is_text(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let material = path.split('/').any(|part| MATERIAL.contains(&part));
    !material && (TEXT.contains(&extension) || TEXT_NAMES.contains(&name))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A tree of the files given, as path and text.
    pub(crate) fn tree(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, text) in files {
            tree.add_path(path);
            tree.files.push(TreeFile {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
            });
        }
        tree
    }

    #[test]
    fn the_lines_of_the_product_end_where_the_tests_start() {
        let tree = tree(&[
            ("a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {}\n"),
            ("tests/b.rs", "fn b() {}\n"),
        ]);
        assert_eq!(tree.files[0].product_lines().count(), 1);
        assert_eq!(tree.files[1].product_lines().count(), 0);
    }

    #[test]
    fn folders_are_paths_too() {
        assert!(
            tree(&[("docs/decisions/0001-a.md", "")])
                .paths
                .contains("docs/decisions")
        );
    }

    #[test]
    fn material_of_tests_is_left_alone() {
        assert!(is_text("crates/x/src/lib.rs") && is_text(".ci/run"));
        assert!(!is_text("crates/x/testdata/odd.toml") && !is_text("Cargo.lock"));
    }
}
