//! The files of a commit, read from git's objects and not from a work tree.

use crate::commit_id::CommitId;
use crate::error::GitError;
use crate::git::Answer;
use crate::mirror::Mirror;

/// A file of a commit. Folders, symbolic links and submodules are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// The path from the root of the repository. Characters that are not UTF-8 are replaced.
    pub path: String,
    /// The size in bytes.
    pub size: u64,
}

/// A file that differs between two commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// The path from the root of the repository. Characters that are not UTF-8 are replaced.
    pub path: String,
    /// What became of it.
    pub kind: ChangeKind,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It has another content, mode or kind.
    Modified,
    /// It is gone.
    Deleted,
}

impl Mirror {
    /// The content of the file at the path, or nothing when there is none. Symbolic links are not
    /// followed.
    ///
    /// # Errors
    /// [`GitError::NotAFile`] for anything else at the path, [`GitError::TooLarge`] beyond `limit` bytes.
    pub async fn read_file(
        &self,
        commit: &CommitId,
        path: &str,
        limit: usize,
    ) -> Result<Option<Vec<u8>>, GitError> {
        let path = inside(path)?;
        let listing = self
            .list(commit, ["ls-tree", "-l", "-z", commit.as_str(), "--", &path])
            .await?;
        let Some(entry) = records(&listing).find_map(|record| Entry::parse(&record)) else {
            return Ok(None);
        };
        let not_a_file = |what| GitError::NotAFile {
            path: path.clone(),
            commit: commit.clone(),
            what,
        };
        let size = match entry.mode.as_str() {
            "120000" => return Err(not_a_file("a symbolic link")),
            "160000" => return Err(not_a_file("a submodule")),
            "040000" => return Err(not_a_file("a folder")),
            _ => entry.size,
        };
        if size > limit as u64 {
            return Err(GitError::TooLarge {
                path,
                commit: commit.clone(),
                size,
                limit,
            });
        }
        let content = self
            .git(["cat-file", "blob", &entry.object])
            .output_limit(limit)
            .output()
            .await?;
        Ok(Some(content))
    }

    /// The files below the folder, or all of them for an empty one, in the order of their paths.
    ///
    /// # Errors
    /// [`GitError::UnknownCommit`] and [`GitError::InvalidPath`].
    pub async fn list_files(&self, commit: &CommitId, folder: &str) -> Result<Vec<ListedFile>, GitError> {
        let mut arguments = vec![
            "ls-tree".to_owned(),
            "-r".into(),
            "-l".into(),
            "-z".into(),
            commit.to_string(),
        ];
        if !folder.trim_end_matches('/').is_empty() {
            arguments.extend(["--".to_owned(), format!("{}/", inside(folder)?)]);
        }
        let listing = self.list(commit, arguments).await?;
        let files = records(&listing).filter_map(|record| Entry::parse(&record));
        let files = files.filter(|entry| entry.mode.starts_with("100"));
        Ok(files
            .map(|entry| ListedFile {
                path: entry.path,
                size: entry.size,
            })
            .collect())
    }

    /// The files that differ between the two commits; a file that was renamed is one deleted and one added.
    ///
    /// # Errors
    /// [`GitError::UnknownCommit`] when one of them is not in the mirror.
    pub async fn changed_files(
        &self,
        base: &CommitId,
        commit: &CommitId,
    ) -> Result<Vec<ChangedFile>, GitError> {
        self.require(base).await?;
        let arguments = [
            "diff-tree",
            "-r",
            "-z",
            "--no-renames",
            "--name-status",
            base.as_str(),
            commit.as_str(),
            "--",
        ];
        let listing = self.list(commit, arguments).await?;
        let mut fields = records(&listing);
        let mut files = Vec::new();
        while let (Some(status), Some(path)) = (fields.next(), fields.next()) {
            let kind = match status.as_str() {
                "A" => ChangeKind::Added,
                "D" => ChangeKind::Deleted,
                _ => ChangeKind::Modified,
            };
            files.push(ChangedFile { path, kind });
        }
        Ok(files)
    }

    /// Asks about a commit, and tells a commit that is not there from other errors.
    async fn list<A: Into<std::ffi::OsString>>(
        &self,
        commit: &CommitId,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Vec<u8>, GitError> {
        let answer: Answer = self.git(arguments).ask().await?;
        if answer.exit_code == 0 {
            return Ok(answer.stdout);
        }
        self.require(commit).await?;
        Err(answer.failed())
    }

    /// Refuses a commit that is not in the mirror.
    pub(crate) async fn require(&self, commit: &CommitId) -> Result<(), GitError> {
        match self.commit_of(commit.as_str()).await? {
            Some(_) => Ok(()),
            None => Err(GitError::UnknownCommit {
                commit: commit.clone(),
                address: self.address().to_string(),
            }),
        }
    }
}

/// A line of `ls-tree -l`: `mode type object size<TAB>path`.
struct Entry {
    mode: String,
    object: String,
    size: u64,
    path: String,
}

impl Entry {
    fn parse(record: &str) -> Option<Self> {
        let (description, path) = record.split_once('\t')?;
        let mut fields = description.split_whitespace();
        let (mode, _kind, object) = (
            fields.next()?.to_owned(),
            fields.next()?,
            fields.next()?.to_owned(),
        );
        // Folders and submodules have `-` instead of a size.
        let size = fields.next()?.parse().unwrap_or(0);
        Some(Self {
            mode,
            object,
            size,
            path: path.to_owned(),
        })
    }
}

fn records(listing: &[u8]) -> impl Iterator<Item = String> {
    listing
        .split(|byte| *byte == 0)
        .filter(|record| !record.is_empty())
        .map(|record| String::from_utf8_lossy(record).into_owned())
}

/// The path without a slash at its end, if it stays inside the repository.
fn inside(path: &str) -> Result<String, GitError> {
    let trimmed = path.trim_end_matches('/');
    let plain = !trimmed.contains('\0') && trimmed.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if plain {
        Ok(trimmed.to_owned())
    } else {
        Err(GitError::InvalidPath(path.chars().take(200).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(inside("a/b c/'\"\n").unwrap(), "a/b c/'\"\n");
        assert_eq!(inside("a/").unwrap(), "a");
        for bad in ["", "/a", "../a", "a/../b", "./a", "a//b", "a\0"] {
            assert!(inside(bad).is_err(), "{bad}");
        }
    }
}
