//! The file that gives a stack without a backend Lockkeeper's, for as long as Terraform runs.
//!
//! It stands in the user's folder only then: several commands may share it, and the last one removes it.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use lockkeeper_terraform::{OVERRIDE, OVERRIDE_FILE};

use crate::failure::Failure;

/// The file, held by this process.
pub(super) struct OverrideFile {
    path: PathBuf,
    file: File,
}

impl OverrideFile {
    /// Writes the file, or shares the one that another command of the same folder wrote.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub(super) fn hold(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(OVERRIDE_FILE);
        let held = || -> std::io::Result<File> {
            loop {
                let mut file = File::options().create(true).append(true).open(&path)?;
                file.lock_shared()?;
                // Another command may have removed the file between its opening and the lock.
                let (own, there) = (file.metadata()?, path.symlink_metadata());
                if !there.is_ok_and(|there| there.ino() == own.ino()) {
                    continue;
                }
                if own.len() == 0 {
                    file.write_all(OVERRIDE)?;
                }
                return Ok(file);
            }
        };
        let file = held().map_err(|error| Failure::file("write", &path, &error))?;
        Ok(Self { path, file })
    }
}

impl Drop for OverrideFile {
    fn drop(&mut self) {
        // Whoever can lock it alone is the last one.
        if self.file.unlock().is_ok() && self.file.try_lock().is_ok() {
            std::fs::remove_file(&self.path).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_and_removed_by_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(OVERRIDE_FILE);
        let one = OverrideFile::hold(folder.path()).unwrap();
        let other = OverrideFile::hold(folder.path()).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), OVERRIDE);
        drop(one);
        assert!(path.exists());
        drop(other);
        assert!(!path.exists());
    }
}
