//! A bare mirror of a repository.

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use crate::address::Address;
use crate::commit_id::CommitId;
use crate::error::GitError;
use crate::git::{CONFIGURATION, CONFIGURATION_FILE, Git};

/// Cloning a large repository takes its time.
const FETCH_LIMIT: Duration = Duration::from_secs(15 * 60);

/// How often a fetch that waits for another one looks whether that is done.
const LOCK_POLL: Duration = Duration::from_millis(50);

/// A bare mirror of one repository: its branches and tags, and every commit that was ever fetched, so
/// that a change keeps its commit when the branch is rewritten.
#[derive(Debug, Clone)]
pub struct Mirror {
    directory: PathBuf,
    address: Address,
}

impl Mirror {
    /// The mirror of the repository at `url`, kept in the directory. Touches nothing; the first
    /// [`Mirror::fetch`] makes it.
    ///
    /// # Errors
    /// [`GitError::InvalidAddress`] when the address cannot be used.
    pub fn open(directory: impl Into<PathBuf>, url: &str) -> Result<Self, GitError> {
        let address: Address = url.parse()?;
        let directory = directory.into();
        let directory = std::path::absolute(&directory).map_err(GitError::io(format!(
            "cannot use {} for a mirror",
            directory.display()
        )))?;
        Ok(Self { directory, address })
    }

    /// The address that is mirrored; prints itself without credentials.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Brings the mirror up to date. Fetches of one mirror wait for each other, also those of other
    /// processes.
    ///
    /// # Errors
    /// [`GitError`] when the repository is not there, is none, is empty, or cannot be read.
    pub async fn fetch(&self) -> Result<(), GitError> {
        if let Some(path) = self.address.path()
            && !path.exists()
        {
            return Err(self.unreachable("there is no such folder".to_owned()));
        }
        std::fs::create_dir_all(&self.directory).map_err(GitError::io(self.cannot("make")))?;
        let _lock = self.lock().await?;
        self.write_configuration()
            .map_err(GitError::io(self.cannot("configure")))?;
        if !self.directory.join("HEAD").exists() {
            self.git(["init", "--quiet", "--bare"]).output().await?;
        }
        let head = self.remote(["ls-remote", "--symref", "origin", "HEAD"]).await?;
        self.remote([
            "fetch",
            "--quiet",
            "--prune",
            "--force",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            "origin",
            "+refs/heads/*:refs/heads/*",
            "+refs/tags/*:refs/tags/*",
        ])
        .await?;
        if let Some(branch) = branch_of_head(&head) {
            self.git(["symbolic-ref", "HEAD", branch]).output().await?;
        }
        if self.newest(1).await?.is_empty() {
            Err(GitError::Empty {
                address: self.address.to_string(),
            })
        } else {
            Ok(())
        }
    }

    /// The default branch: the one that the repository's HEAD names, else `main` or `master`.
    ///
    /// # Errors
    /// [`GitError::NoDefaultBranch`] when there is none of them.
    pub async fn default_branch(&self) -> Result<String, GitError> {
        let head = self
            .git(["symbolic-ref", "--quiet", "--short", "HEAD"])
            .ask()
            .await?;
        let head = String::from_utf8_lossy(&head.stdout).trim().to_owned();
        for branch in [head.as_str(), "main", "master"] {
            if !branch.is_empty() && self.commit_of(&format!("refs/heads/{branch}")).await?.is_some() {
                return Ok(branch.to_owned());
            }
        }
        Err(GitError::NoDefaultBranch {
            address: self.address.to_string(),
        })
    }

    /// The commit that a full name stands for, if there is one.
    pub(crate) async fn commit_of(&self, name: &str) -> Result<Option<CommitId>, GitError> {
        let commit = format!("{name}^{{commit}}");
        let answer = self
            .git(["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])
            .ask()
            .await?;
        match answer.exit_code {
            0 => {
                let text = String::from_utf8_lossy(&answer.stdout);
                let unreadable = |error: crate::InvalidCommitId| GitError::Unreadable {
                    step: "rev-parse".to_owned(),
                    why: error.to_string(),
                };
                Ok(Some(text.trim().parse().map_err(unreadable)?))
            }
            _ => Ok(None),
        }
    }

    /// The short names of the newest branches and tags.
    pub(crate) async fn newest(&self, count: usize) -> Result<Vec<String>, GitError> {
        let count = format!("--count={count}");
        let arguments = [
            "for-each-ref",
            "--sort=-creatordate",
            &count,
            "--format=%(refname:short)",
            "refs/heads",
            "refs/tags",
        ];
        let names = self.git(arguments).output().await?;
        Ok(String::from_utf8_lossy(&names)
            .lines()
            .map(str::to_owned)
            .collect())
    }

    pub(crate) fn git<A: Into<OsString>>(&self, arguments: impl IntoIterator<Item = A>) -> Git {
        Git::new(&self.directory, &self.address, arguments)
    }

    /// A command that talks to the repository.
    async fn remote<const N: usize>(&self, arguments: [&str; N]) -> Result<Vec<u8>, GitError> {
        let answer = self.git(arguments).time_limit(FETCH_LIMIT).ask().await?;
        if answer.exit_code == 0 {
            Ok(answer.stdout)
        } else {
            Err(self.unreachable(answer.reason()))
        }
    }

    fn unreachable(&self, why: String) -> GitError {
        GitError::Unreachable {
            address: self.address.to_string(),
            why,
        }
    }

    fn cannot(&self, what: &str) -> String {
        format!("cannot {what} the mirror {}", self.directory.display())
    }

    /// Other calls of git may be reading it: it is replaced as a whole, and only when it is to change.
    fn write_configuration(&self) -> std::io::Result<()> {
        let path = self.directory.join(CONFIGURATION_FILE);
        if std::fs::read(&path).is_ok_and(|written| written == CONFIGURATION.as_bytes()) {
            return Ok(());
        }
        let draft = path.with_extension("draft");
        std::fs::write(&draft, CONFIGURATION)?;
        std::fs::rename(draft, path)
    }

    /// Waits for its turn; the lock ends with the file that is answered.
    async fn lock(&self) -> Result<File, GitError> {
        let path = self.directory.join("lockkeeper.lock");
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let file = file.map_err(GitError::io(self.cannot("lock")))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(std::fs::TryLockError::WouldBlock) => tokio::time::sleep(LOCK_POLL).await,
                Err(std::fs::TryLockError::Error(error)) => {
                    return Err(GitError::io(self.cannot("lock"))(error));
                }
            }
        }
    }
}

/// `ref: refs/heads/main<TAB>HEAD` in the answer of `ls-remote --symref`.
fn branch_of_head(answer: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(answer).ok()?.lines().next()?;
    let name = line.strip_prefix("ref: ")?.strip_suffix("\tHEAD")?;
    name.starts_with("refs/heads/").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_of_head() {
        assert_eq!(
            branch_of_head(b"ref: refs/heads/main\tHEAD\nabc\tHEAD\n"),
            Some("refs/heads/main")
        );
        for other in [
            "",
            "abc\tHEAD\n",
            "ref: --evil\tHEAD\n",
            "ref: refs/heads/main\tOTHER\n",
        ] {
            assert_eq!(branch_of_head(other.as_bytes()), None, "{other}");
        }
    }
}
