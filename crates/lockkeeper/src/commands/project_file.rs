//! The `.lockkeeper/project.toml` of a repository on this machine.

use std::path::Path;

use lockkeeper_config::{PROJECT_FILE, ProjectConfig};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::text;

/// The root of the repository that the folder is in: the nearest one with a project file.
pub(crate) fn root(folder: &Path) -> Option<&Path> {
    folder
        .ancestors()
        .find(|folder| folder.join(PROJECT_FILE).is_file())
}

/// Reads the project file of the repository.
///
/// # Errors
/// When it cannot be read, or has mistakes.
pub(crate) fn read(root: &Path) -> Result<ProjectConfig, Failure> {
    let path = root.join(PROJECT_FILE);
    let content = std::fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
    ProjectConfig::parse(&content).map_err(|problems| {
        let detail = format!(
            "{} has {}",
            path.display(),
            text::count(problems.0.len(), "mistake")
        );
        Failure::new(Exit::Usage, "configuration", "The configuration is wrong", detail)
            .with_hint(format!("see them: lockkeeper config check {}", path.display()))
    })
}
