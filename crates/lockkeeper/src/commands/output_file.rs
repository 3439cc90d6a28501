//! Files that commands write: whole, or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::exit::Exit;
use crate::failure::Failure;

/// A file that appears under its name when it is complete. It is readable by its owner only.
pub(crate) struct OutputFile {
    path: PathBuf,
    file: NamedTempFile,
    replace: bool,
}

impl OutputFile {
    /// Starts a file, and with that finds out that it can be written.
    ///
    /// # Errors
    /// When its folder cannot be written to.
    pub(crate) fn start(path: &Path) -> Result<Self, Failure> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let file = NamedTempFile::new_in(folder).map_err(|error| Failure::file("write", path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            replace: true,
        })
    }

    /// Starts a file that must not be there yet, unless `replace`.
    ///
    /// # Errors
    /// When it is there, or its folder cannot be written to.
    pub(crate) fn start_new(path: &Path, replace: bool) -> Result<Self, Failure> {
        if !replace && path.symlink_metadata().is_ok() {
            return Err(there_already(path));
        }
        Ok(Self {
            replace,
            ..Self::start(path)?
        })
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// When the disk is full, say.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file
            .write_all(bytes)
            .map_err(|error| Failure::file("write", &self.path, &error))
    }

    /// Gives the file its name; one that had it before is replaced, unless it must not be there.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub(crate) fn finish(self) -> Result<PathBuf, Failure> {
        let Self { path, file, replace } = self;
        let synced = file.as_file().sync_all();
        synced.map_err(|error| Failure::file("write", &path, &error))?;
        let renamed = if replace {
            file.persist(&path)
        } else {
            file.persist_noclobber(&path)
        };
        renamed.map_err(|error| Failure::file("write", &path, &error.error))?;
        Ok(path)
    }
}

fn there_already(path: &Path) -> Failure {
    let detail = format!("{} is there already, and stays as it is", path.display());
    Failure::new(Exit::Failure, "file-exists", "The file is there already", detail)
        .with_hint("name another file, or say --force to replace it")
}
