//! The rules of the house that neither the compiler nor a lint keeps: `make lint` and the tests run
//! them. Each rule is one file; ARCHITECTURE.md and STYLE.md say why it is there.

mod crates;
mod direction;
mod layout;
mod markdown;
mod names;
mod purity;
mod records;
mod source;
mod tree;

use std::fmt;
use std::path::{Path, PathBuf};

pub use tree::{Tree, TreeFile};

use crate::command::CommandError;

/// One thing to mend.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, from the root of the workspace.
    pub path: String,
    /// The line, from 1; 0 when the finding is about the whole file.
    pub line: usize,
    /// What is wrong, why it matters, and what to do.
    pub message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

/// Why the tree could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum TidyError {
    /// `git` or `cargo` failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The answer of `cargo metadata` is not what it used to be.
    #[error("cannot read the answer of cargo metadata: {0}")]
    Metadata(String),
}

/// Looks at the whole workspace and answers what to mend, in the order of files and lines.
///
/// # Errors
/// [`TidyError`] when the tree cannot be looked at, so that nothing is known about it.
pub fn check(root: &Path) -> Result<Vec<Finding>, TidyError> {
    let tree = Tree::read(root)?;
    let crates = crates::read(root)?;
    let mut findings = check_tree(&tree);
    findings.extend(crates::check(&crates, &tree));
    findings.extend(direction::check(&crates));
    findings.extend(purity::check(root)?);
    findings.sort();
    Ok(findings)
}

/// The rules that need nothing but the files.
fn check_tree(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        findings.extend(layout::check(file));
        findings.extend(names::check(file));
        findings.extend(source::check(file));
        findings.extend(markdown::check(file, tree));
    }
    findings.extend(records::check(tree));
    findings
}
