//! What a folder of configuration says about its state and its tool, for whoever works in it by hand.

use std::path::Path;

use lockkeeper_engine::contract::EngineError;

use crate::backend::{self, OVERRIDE_FILE};
use crate::{files, scanner, stack_folder};

/// What the files of a folder declare.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declarations {
    /// How many files of configuration there are; Lockkeeper's own override file does not count.
    pub files: usize,
    /// Whether an empty `http` backend is declared, which is Lockkeeper's.
    pub own_backend: bool,
    /// A file that keeps the state elsewhere, and how, in words.
    pub foreign_backend: Option<(String, String)>,
    /// Every `required_version`.
    pub required_versions: Vec<String>,
}

impl Declarations {
    /// Reads the files of a folder.
    ///
    /// # Errors
    /// [`EngineError::Io`] when a file cannot be read.
    pub fn read(folder: &Path) -> Result<Self, EngineError> {
        let mut found = Self::default();
        for file in stack_folder::configuration_files(folder)? {
            let name = file
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            if name == OVERRIDE_FILE {
                continue;
            }
            let content =
                std::fs::read(&file).map_err(files::io(format!("cannot read {}", file.display())))?;
            found.files += 1;
            for declared in backend::declared(&name, &content) {
                match backend::foreign(&declared) {
                    None => found.own_backend = true,
                    Some(what) => found.foreign_backend = Some((name.clone(), what)),
                }
            }
            if !name.ends_with(".json") {
                found
                    .required_versions
                    .extend(scanner::required_versions(&String::from_utf8_lossy(&content)));
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared() {
        let folder = tempfile::TempDir::new().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        assert_eq!(
            Declarations::read(folder.path()).unwrap(),
            Declarations::default()
        );
        write(
            "main.tf",
            "terraform {\n required_version = \">= 1.5\" # x\n backend \"http\" {}\n}\n",
        );
        write(
            "other.tf",
            "resource \"a\" \"b\" {\n required_version = \"9\"\n}\n",
        );
        write(OVERRIDE_FILE, "{\"terraform\":{\"backend\":{\"s3\":{}}}}");
        let found = Declarations::read(folder.path()).unwrap();
        assert_eq!(
            (found.files, found.own_backend, found.foreign_backend),
            (2, true, None)
        );
        assert_eq!(found.required_versions, [">= 1.5"]);
        write("z.tf", "terraform {\n backend \"s3\" {}\n}\n");
        let found = Declarations::read(folder.path()).unwrap();
        assert_eq!(
            found.foreign_backend,
            Some(("z.tf".to_owned(), "backend \"s3\"".to_owned()))
        );
    }
}
