//! The files of a repository's work tree.

use std::path::Path;

use lockkeeper_config::PROJECT_FILE;

/// More files than this are not looked at: then the folders of the stacks go unchecked.
const MOST_FILES: usize = 200_000;

/// The paths of the files below the repository of a `.lockkeeper/project.toml`, from its root. `None`
/// when the configuration stands elsewhere, or there are too many files.
pub(super) fn of_repository(configuration: &Path) -> Option<Vec<String>> {
    let configuration = configuration.canonicalize().ok()?;
    if !configuration.ends_with(PROJECT_FILE) {
        return None;
    }
    let root = configuration.parent()?.parent()?;
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).ok()?.flatten() {
            // Of a symbolic link this says that it is one: it is not followed, as in a commit.
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name();
            if kind.is_dir() && name != ".git" && name != ".terraform" {
                folders.push(entry.path());
            } else if kind.is_file() {
                let path = entry.path();
                files.extend(
                    path.strip_prefix(root)
                        .ok()
                        .and_then(Path::to_str)
                        .map(str::to_owned),
                );
            }
        }
        if files.len() > MOST_FILES {
            return None;
        }
    }
    Some(files)
}
