//! What a commit says about itself, and how two of them are related.

use jiff::Timestamp;

use crate::commit_id::CommitId;
use crate::error::GitError;
use crate::mirror::Mirror;

/// A commit as it describes itself. Nothing of it is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its hash.
    pub id: CommitId,
    /// The first line of its message.
    pub subject: String,
    /// The author's name.
    pub author_name: String,
    /// The author's mail address.
    pub author_email: String,
    /// When it was written.
    pub authored_at: Timestamp,
    /// When it was committed.
    pub committed_at: Timestamp,
}

impl Mirror {
    /// What the commit says about itself.
    ///
    /// # Errors
    /// [`GitError::UnknownCommit`] when it is not in the mirror.
    pub async fn commit(&self, commit: &CommitId) -> Result<Commit, GitError> {
        self.require(commit).await?;
        let format = "--format=%s%x00%an%x00%ae%x00%at%x00%ct";
        let arguments = [
            "log",
            "-1",
            "--no-show-signature",
            "--encoding=UTF-8",
            format,
            commit.as_str(),
            "--",
        ];
        let answer = self.git(arguments).output().await?;
        let text = String::from_utf8_lossy(&answer);
        let mut fields = text.trim_end_matches('\n').split('\0');
        let mut next = || fields.next().unwrap_or_default().to_owned();
        let (subject, author_name, author_email) = (next(), next(), next());
        let (authored_at, committed_at) = (time(&next())?, time(&next())?);
        Ok(Commit {
            id: commit.clone(),
            subject,
            author_name,
            author_email,
            authored_at,
            committed_at,
        })
    }

    /// Whether `descendant` holds everything of `ancestor`; a commit is its own ancestor.
    ///
    /// # Errors
    /// [`GitError::UnknownCommit`] when one of them is not in the mirror.
    pub async fn is_ancestor(&self, ancestor: &CommitId, descendant: &CommitId) -> Result<bool, GitError> {
        self.require(ancestor).await?;
        self.require(descendant).await?;
        let arguments = [
            "merge-base",
            "--is-ancestor",
            ancestor.as_str(),
            descendant.as_str(),
        ];
        let answer = self.git(arguments).ask().await?;
        match answer.exit_code {
            0 => Ok(true),
            1 => Ok(false),
            _ => Err(answer.failed()),
        }
    }

    /// The commit from which the two went apart, or nothing when they have no common history.
    ///
    /// # Errors
    /// [`GitError::UnknownCommit`] when one of them is not in the mirror.
    pub async fn merge_base(&self, one: &CommitId, other: &CommitId) -> Result<Option<CommitId>, GitError> {
        self.require(one).await?;
        self.require(other).await?;
        let answer = self
            .git(["merge-base", one.as_str(), other.as_str()])
            .ask()
            .await?;
        match answer.exit_code {
            0 => Ok(String::from_utf8_lossy(&answer.stdout).trim().parse().ok()),
            1 => Ok(None),
            _ => Err(answer.failed()),
        }
    }
}

/// Seconds since 1970. A time that cannot be, which a commit may well claim, is taken as the nearest
/// that can.
fn time(seconds: &str) -> Result<Timestamp, GitError> {
    let unreadable = |why: String| GitError::Unreadable {
        step: "log".to_owned(),
        why,
    };
    let seconds: i128 = seconds
        .parse()
        .map_err(|_| unreadable(format!("`{seconds}` is not a time")))?;
    let (first, last) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    let seconds = i64::try_from(seconds).unwrap_or(last).clamp(first, last);
    Timestamp::from_second(seconds).map_err(|error| unreadable(error.to_string()))
}
