//! A clean work tree of a commit.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::commit_id::CommitId;
use crate::error::GitError;
use crate::mirror::Mirror;

/// Writing out a large commit takes its time.
const CHECKOUT_LIMIT: Duration = Duration::from_secs(5 * 60);

impl Mirror {
    /// Writes the files of the commit into the directory, which is made, or must be empty. There is no
    /// `.git` in it; submodules are empty folders; symbolic links are written as they are, and git never
    /// writes through one. While it works, a file `<directory>.index` stands beside the directory.
    ///
    /// # Errors
    /// [`GitError::UnknownCommit`], and [`GitError::NotEmpty`] for a directory in use.
    pub async fn checkout(&self, commit: &CommitId, directory: &Path) -> Result<(), GitError> {
        self.require(commit).await?;
        let directory = prepared(directory)?;
        // An index of its own, so that checkouts do not meet in the mirror's.
        let mut index = directory.clone().into_os_string();
        index.push(".index");
        let written = self
            .git([
                "read-tree",
                "-m",
                "-u",
                "--no-recurse-submodules",
                commit.as_str(),
            ])
            .variable("GIT_WORK_TREE", &directory)
            .variable("GIT_INDEX_FILE", &index)
            .time_limit(CHECKOUT_LIMIT)
            .output()
            .await;
        let _ = std::fs::remove_file(&index);
        written.map(|_| ())
    }
}

/// The absolute path of the directory, which is there and empty.
fn prepared(directory: &Path) -> Result<PathBuf, GitError> {
    let cannot = || format!("cannot check out into {}", directory.display());
    std::fs::create_dir_all(directory).map_err(GitError::io(cannot()))?;
    let directory = directory.canonicalize().map_err(GitError::io(cannot()))?;
    let mut entries = std::fs::read_dir(&directory).map_err(GitError::io(cannot()))?;
    if entries.next().is_some() {
        Err(GitError::NotEmpty(directory.display().to_string()))
    } else {
        Ok(directory)
    }
}
