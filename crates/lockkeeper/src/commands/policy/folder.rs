//! The policies in a folder of this machine.

use std::path::{Path, PathBuf};

use lockkeeper_config::PROJECT_FILE;
use lockkeeper_config::project::PoliciesConfig;
use lockkeeper_policy::{POLICY_FOLDER, PolicyProblem, PolicySet, is_policy_file, limits};
use serde::Serialize;

use super::report;
use crate::commands::project_file;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The policies of a folder.
pub(super) struct PolicyFolder {
    /// The folder, as it is shown before the name of a file.
    pub(super) folder: PathBuf,
    /// The policies.
    pub(super) set: PolicySet,
}

/// What `--json` prints when the policies cannot be used.
#[derive(Serialize)]
struct Mistakes<'a> {
    valid: bool,
    folder: String,
    problems: &'a [PolicyProblem],
}

impl PolicyFolder {
    /// Reads the policies. Nothing, when there are mistakes in them: they are printed.
    ///
    /// # Errors
    /// When there are no policies, or they cannot be read.
    pub(super) fn read(path: &Path, session: &mut Session) -> Result<Option<Self>, Failure> {
        let nested = path.join(POLICY_FOLDER);
        let folder = if nested.is_dir() { nested } else { path.to_owned() };
        let files = files(&folder)?;
        if files.is_empty() {
            return Err(absent(&folder));
        }
        let folder = folder.strip_prefix(".").unwrap_or(&folder).to_owned();
        match PolicySet::load(&files) {
            Ok(set) => Ok(Some(Self { folder, set })),
            Err(problems) => {
                if session.console.is_json() {
                    session.console.json(&Mistakes {
                        valid: false,
                        folder: folder.display().to_string(),
                        problems: &problems.0,
                    })?;
                } else {
                    session.console.data(&report::problems(&folder, &problems.0))?;
                    session.console.note(&report::mistakes(problems.0.len()))?;
                }
                Ok(None)
            }
        }
    }
}

impl PolicyFolder {
    /// What the project file of the repository says that policies are asked; the default when they stand
    /// in no repository, or in one without the file.
    ///
    /// # Errors
    /// When the file cannot be read, or has mistakes.
    pub(super) fn settings(&self) -> Result<PoliciesConfig, Failure> {
        let root = self.folder.parent().and_then(Path::parent);
        match root.filter(|root| self.folder.ends_with(POLICY_FOLDER) && root.join(PROJECT_FILE).is_file()) {
            Some(root) => Ok(project_file::read(root)?.policies),
            None => Ok(PoliciesConfig::default()),
        }
    }
}

fn absent(folder: &Path) -> Failure {
    let detail = format!("there are no policies in {}", folder.display());
    Failure::new(Exit::NotFound, "no-policies", "There are no policies", detail).with_hint(format!(
        "policies are files such as {POLICY_FOLDER}/main.rego; give their folder when they stand elsewhere"
    ))
}

/// The policies below a folder: path from there, and text. Symbolic links are not followed, as in a commit.
fn files(root: &Path) -> Result<Vec<(String, String)>, Failure> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => absent(root),
            _ => Failure::file("read", &folder, &error),
        })?;
        for entry in entries {
            let entry = entry.map_err(|error| Failure::file("read", &folder, &error))?;
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() && entry.file_name() != ".git" {
                folders.push(path);
            } else if kind.is_file() && files.len() <= limits::FILES {
                files.extend(file(root, &path)?);
            }
        }
    }
    Ok(files)
}

fn file(root: &Path, path: &Path) -> Result<Option<(String, String)>, Failure> {
    let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) else {
        return Ok(None);
    };
    if !is_policy_file(name) {
        return Ok(None);
    }
    let bytes = std::fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        Failure::usage(format!(
            "{} is not UTF-8 text: byte {place} is wrong",
            path.display()
        ))
    })?;
    Ok(Some((name.to_owned(), text)))
}
