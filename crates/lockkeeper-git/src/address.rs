//! Addresses of repositories.

use std::fmt;
use std::str::FromStr;

use lockkeeper_domain::secret::Secret;

use crate::error::GitError;

const SCHEMES: [&str; 4] = ["https", "http", "ssh", "file"];

/// The address of a repository: `https://`, `http://`, `ssh://` or `file://`, `user@host:path`, or a
/// path on the server. Prints itself without credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    full: Secret,
    shown: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Remote,
    Path,
}

impl Address {
    /// The address with its credentials, for git only.
    pub(crate) fn full(&self) -> &Secret {
        &self.full
    }

    /// The path on the server, if it is one.
    pub fn path(&self) -> Option<&std::path::Path> {
        (self.kind == Kind::Path).then(|| std::path::Path::new(self.full.expose()))
    }

    /// What must not be printed: the credentials as a whole, and the password alone.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        let Some((_, rest)) = self.full.expose().split_once("://") else {
            return Vec::new();
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let Some((credentials, _)) = authority.rsplit_once('@') else {
            return Vec::new();
        };
        let password = credentials.split_once(':').map(|(_, password)| password);
        std::iter::once(credentials)
            .chain(password)
            .map(Secret::new)
            .collect()
    }
}

impl FromStr for Address {
    type Err = GitError;

    fn from_str(text: &str) -> Result<Self, GitError> {
        let shown = without_credentials(text);
        let refused = |why: &str| GitError::InvalidAddress {
            address: shorten(&shown),
            why: why.to_owned(),
        };
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(refused("it is empty or holds control characters"));
        }
        if text.starts_with('-') {
            return Err(refused(
                "it starts with a hyphen, as options do; write a path as ./-name",
            ));
        }
        // `ext::sh -c …` would run a program (gitremote-helpers(7)).
        if text
            .split(['/', ' '])
            .next()
            .is_some_and(|start| start.contains("::"))
        {
            return Err(refused(
                "transports by a program are not allowed; use https, ssh, or a path",
            ));
        }
        if let Some((scheme, _)) = text.split_once("://") {
            if !SCHEMES.contains(&scheme) {
                return Err(refused("use https, http, ssh or file"));
            }
            return Ok(Self {
                full: Secret::new(text),
                shown,
                kind: Kind::Remote,
            });
        }
        // As git does it: `host:path` when no slash stands before the colon (git-clone(1)).
        if text.split_once(':').is_some_and(|(host, _)| !host.contains('/')) {
            return Ok(Self {
                full: Secret::new(text),
                shown,
                kind: Kind::Remote,
            });
        }
        let path = std::path::absolute(text).map_err(|_| refused("the path cannot be made absolute"))?;
        let path = path
            .to_str()
            .ok_or_else(|| refused("the path is not UTF-8"))?
            .to_owned();
        Ok(Self {
            shown: path.clone(),
            full: Secret::new(path),
            kind: Kind::Path,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.shown)
    }
}

fn without_credentials(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        // `ssh://git@host` names a user, not a secret.
        Some((user, _)) if scheme == "ssh" && !user.contains(':') => text.to_owned(),
        Some((_, host)) => format!("{scheme}://***@{host}{path}"),
        None => text.to_owned(),
    }
}

/// A refused address is quoted in an error; one of a megabyte would drown the message.
fn shorten(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted() {
        for good in [
            "https://example.org/infra.git",
            "ssh://git@example.org/infra",
            "git@example.org:infra.git",
            "file:///srv/infra",
            "/srv/infra",
            "/srv/in::fra",
        ] {
            assert_eq!(good.parse::<Address>().unwrap().to_string(), good);
        }
        assert!("./infra".parse::<Address>().unwrap().to_string().starts_with('/'));
    }

    #[test]
    fn refused() {
        for bad in [
            "",
            "--upload-pack=touch /tmp/x",
            "ext::sh -c 'touch /tmp/x'",
            "fd::17",
            "git://example.org/infra",
            "ftp://example.org/infra",
            "https://example.org/\ninfra",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }

    #[test]
    fn credentials_are_not_printed() {
        let address: Address = "https://bot:correct-horse@example.org/in/fra".parse().unwrap();
        assert_eq!(address.to_string(), "https://***@example.org/in/fra");
        assert_eq!(format!("{address:?}"), "Address(https://***@example.org/in/fra)");
        let secrets: Vec<_> = address
            .secrets()
            .iter()
            .map(|secret| secret.expose().to_owned())
            .collect();
        assert_eq!(secrets, ["bot:correct-horse", "correct-horse"]);
        let error = "gopher://bot:correct-horse@example.org"
            .parse::<Address>()
            .unwrap_err()
            .to_string();
        assert!(!error.contains("correct-horse"), "{error}");
    }
}
