//! The folder of a stack in a checkout that may be hostile.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lockkeeper_engine::contract::{EngineError, Workspace};

use crate::files;

/// How many folders an error suggests.
const SUGGESTIONS: usize = 5;

/// How many folders are looked into for suggestions.
const LOOKED_INTO: usize = 2_000;

/// The stack's folder: inside the checkout whatever symbolic links there are, and with files in it
/// that Terraform reads.
pub(crate) fn locate(workspace: &Workspace) -> Result<PathBuf, EngineError> {
    let name = &workspace.folder;
    let checkout = workspace.checkout.canonicalize();
    let checkout = checkout.map_err(files::io(format!("cannot open {}", workspace.checkout.display())))?;
    let Ok(folder) = checkout.join(name).canonicalize() else {
        return Err(EngineError::Configuration(format!(
            "there is no folder `{name}` in the commit; {}",
            suggestions(&checkout)
        )));
    };
    if !folder.starts_with(&checkout) {
        return Err(EngineError::Configuration(format!(
            "the folder `{name}` leads out of the repository"
        )));
    }
    if !folder.is_dir() {
        return Err(EngineError::Configuration(format!(
            "`{name}` is a file; a stack is a folder with *.tf files"
        )));
    }
    let configuration = configuration_files(&folder)?;
    if configuration.is_empty() {
        return Err(EngineError::Configuration(format!(
            "the folder `{name}` is not a stack, because no *.tf files stand in it; {}",
            suggestions(&checkout)
        )));
    }
    for file in configuration {
        let inside = file.canonicalize().is_ok_and(|real| real.starts_with(&checkout));
        if !inside {
            let file = file.strip_prefix(&checkout).unwrap_or(&file).display();
            let message =
                format!("`{file}` is a symbolic link that leads out of the repository, or to nothing");
            return Err(EngineError::Configuration(message));
        }
    }
    Ok(folder)
}

/// The files of a folder that Terraform or OpenTofu read as configuration, in order.
pub(crate) fn configuration_files(folder: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let cannot = || format!("cannot read the folder {}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(files::io(cannot()))? {
        let path = entry.map_err(files::io(cannot()))?.path();
        if is_configuration(&path) && !path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Hidden files and backups of editors are not read by the tools either.
fn is_configuration(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    let kinds = [".tf", ".tf.json", ".tofu", ".tofu.json"];
    !name.starts_with('.') && kinds.iter().any(|kind| name.ends_with(kind))
}

/// Names folders of the checkout that look like stacks, in a sentence.
fn suggestions(checkout: &Path) -> String {
    let mut found = BTreeSet::new();
    let mut open = vec![checkout.to_owned()];
    let mut looked_into = 0;
    while let Some(folder) = open.pop() {
        looked_into += 1;
        if looked_into > LOOKED_INTO {
            break;
        }
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder {
                open.push(entry.path());
            } else if is_configuration(&entry.path())
                && let Ok(relative) = folder.strip_prefix(checkout)
            {
                found.insert(relative.display().to_string());
            }
        }
    }
    if found.is_empty() {
        return "the commit holds no *.tf files at all".to_owned();
    }
    let names: Vec<_> = found
        .iter()
        .map(|name| if name.is_empty() { "." } else { name })
        .take(SUGGESTIONS)
        .collect();
    format!("there are *.tf files in {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    fn checkout() -> TempDir {
        let directory = TempDir::new().unwrap();
        let checkout = directory.path().join("checkout");
        std::fs::create_dir_all(checkout.join("stacks/network")).unwrap();
        std::fs::create_dir_all(checkout.join("docs")).unwrap();
        std::fs::write(checkout.join("stacks/network/main.tf"), "").unwrap();
        std::fs::write(directory.path().join("outside.tf"), "").unwrap();
        directory
    }

    fn located(directory: &TempDir, folder: &str) -> Result<PathBuf, String> {
        let (checkout, folder) = (directory.path().join("checkout"), folder.to_owned());
        let workspace = Workspace {
            directory: directory.path().to_owned(),
            checkout,
            folder,
        };
        locate(&workspace).map_err(|error| error.to_string())
    }

    #[test]
    fn found_and_not_found() {
        let directory = checkout();
        assert!(
            located(&directory, "stacks/network")
                .unwrap()
                .ends_with("stacks/network")
        );
        let missing = located(&directory, "stacks/netwrok").unwrap_err();
        let hint = "there are *.tf files in stacks/network";
        assert_eq!(
            missing,
            format!("there is no folder `stacks/netwrok` in the commit; {hint}")
        );
        assert!(located(&directory, "docs").unwrap_err().contains(hint));
        assert!(
            located(&directory, "stacks/network/main.tf")
                .unwrap_err()
                .contains("is a file")
        );
    }

    #[test]
    fn nothing_leads_out() {
        let directory = checkout();
        let root = directory.path().join("checkout");
        symlink(directory.path(), root.join("link")).unwrap();
        symlink("/", root.join("root")).unwrap();
        for folder in ["link", "root/etc", "..", "/etc", "stacks/../.."] {
            assert!(
                located(&directory, folder).unwrap_err().contains("leads out"),
                "{folder}"
            );
        }
        symlink("stacks/network", root.join("alias")).unwrap();
        assert!(
            located(&directory, "alias").is_ok(),
            "a link within the repository is fine"
        );
        symlink("../../../outside.tf", root.join("stacks/network/extra.tf")).unwrap();
        assert!(
            located(&directory, "stacks/network")
                .unwrap_err()
                .contains("extra.tf` is a symbolic link")
        );
    }
}
