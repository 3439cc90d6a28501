//! From the name that a person gives to a commit.

use crate::commit_id::CommitId;
use crate::error::GitError;
use crate::mirror::Mirror;

/// How many names an error suggests.
const SUGGESTIONS: usize = 5;

/// Fewer digits of a commit are not taken for one.
const FEWEST_DIGITS: usize = 7;

impl Mirror {
    /// The commit that a branch, a tag, `HEAD`, a commit's hash or the start of one stands for, in the
    /// mirror as it was fetched last. A full hash is always that commit, even when a branch has its name.
    ///
    /// # Errors
    /// [`GitError::InvalidReference`] for what cannot be a name, [`GitError::UnknownReference`] and
    /// [`GitError::AmbiguousReference`] for what is none here.
    pub async fn resolve(&self, reference: &str) -> Result<CommitId, GitError> {
        if !is_plain_name(reference) {
            return Err(GitError::InvalidReference(reference.chars().take(80).collect()));
        }
        for name in candidates(reference) {
            if let Some(commit) = self.commit_of(&name).await? {
                return Ok(commit);
            }
        }
        Err(self.unknown(reference).await?)
    }

    async fn unknown(&self, reference: &str) -> Result<GitError, GitError> {
        if is_digits(reference) {
            let prefix = format!("--disambiguate={reference}");
            let objects = self.git(["rev-parse", &prefix]).ask().await?;
            if objects.stdout.iter().filter(|byte| **byte == b'\n').count() > 1 {
                return Ok(GitError::AmbiguousReference(reference.to_owned()));
            }
        }
        let newest = self.newest(SUGGESTIONS).await?;
        let newest = match newest.as_slice() {
            [] => "it has none yet".to_owned(),
            names => format!("the newest are {}", names.join(", ")),
        };
        let (reference, address) = (reference.to_owned(), self.address().to_string());
        Ok(GitError::UnknownReference {
            reference,
            address,
            newest,
        })
    }
}

/// The full names that the reference may stand for, in order.
fn candidates(reference: &str) -> Vec<String> {
    let full_hash = reference.parse::<CommitId>().is_ok();
    if full_hash
        || reference == "HEAD"
        || reference.starts_with("refs/heads/")
        || reference.starts_with("refs/tags/")
    {
        return vec![reference.to_owned()];
    }
    let mut names = vec![
        format!("refs/heads/{reference}"),
        format!("refs/tags/{reference}"),
    ];
    if is_digits(reference) {
        names.push(reference.to_owned());
    }
    names
}

fn is_digits(reference: &str) -> bool {
    (FEWEST_DIGITS..=64).contains(&reference.len()) && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether the text can be a name (git-check-ref-format(1)), and neither an option nor an expression
/// such as `main~3`, `:/text` or `main@{yesterday}`.
fn is_plain_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && !text.starts_with(['-', '/', '.'])
        && !text.ends_with(['/', '.'])
        && !["..", "@{", "//", "/.", ".lock/"]
            .iter()
            .any(|part| text.contains(part))
        && !text.chars().any(|c| c.is_control() || " ~^:?*[\\".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_other_things() {
        for good in [
            "main",
            "feature/redis-1",
            "v1.0",
            "HEAD",
            "0123abc",
            "übung",
            "refs/heads/main",
            "a'b\"c$d",
        ] {
            assert!(is_plain_name(good), "{good}");
        }
        for bad in [
            "",
            "-x",
            "--upload-pack=x",
            "main~1",
            "main^{/x}",
            ":/x",
            "a..b",
            "main@{1}",
            "a b",
            "a\nb",
            "/a",
        ] {
            assert!(!is_plain_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_full_hash_is_never_a_branch() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(candidates(hash), [hash]);
    }
}
