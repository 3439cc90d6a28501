//! Where a server is.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

/// The address of a Lockkeeper server: `http` or `https`, a host, and perhaps a port and a path. Two
/// spellings of one address are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    url: Url,
}

/// Why a text is not the address of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// It cannot be read.
    #[error(
        "`{text}` is not the address of a server: {reason}; expected something like http://127.0.0.1:7070"
    )]
    Malformed {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It holds a user or a password. The text is not repeated, because it may hold a secret.
    #[error("the address of a server holds no user and no password; give the token by `lockkeeper login`")]
    Credentials,
}

impl ServerAddress {
    /// Whether the server is on this machine, as far as the address tells.
    pub fn is_loopback(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether what is sent is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The address below `/api/v1` for the segments, each encoded. `None` when a segment is empty or is
    /// a dot segment, which would silently name something else.
    pub(super) fn operation(&self, segments: &[&str]) -> Option<Url> {
        if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return None;
        }
        let mut url = self.url.clone();
        url.path_segments_mut()
            .ok()?
            .pop_if_empty()
            .extend(["api", "v1"])
            .extend(segments);
        Some(url)
    }
}

impl FromStr for ServerAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let malformed = |reason: &str| InvalidAddress::Malformed {
            text: text.chars().take(200).collect(),
            reason: reason.to_owned(),
        };
        if text.contains('@') {
            return Err(InvalidAddress::Credentials);
        }
        let mut url = Url::parse(text.trim()).map_err(|error| malformed(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(malformed("it starts with neither http:// nor https://"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(malformed("it has a `?` or a `#`"));
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self { url })
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> ServerAddress {
        text.parse().unwrap()
    }

    #[test]
    fn spellings_of_one_address_are_equal() {
        assert_eq!(
            address("http://127.0.0.1:7070/"),
            address("HTTP://127.0.0.1:7070")
        );
        assert_eq!(
            address("https://keeper.example:443/lock/").to_string(),
            "https://keeper.example/lock"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "127.0.0.1:7070",
            "localhost:7070",
            "ftp://a",
            "http://",
            "http://a/?b",
            "http://a/#b",
        ] {
            assert!(bad.parse::<ServerAddress>().is_err(), "{bad}");
        }
        let error = "http://ada:hunter2@keeper".parse::<ServerAddress>().unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn loopback() {
        for near in [
            "http://127.0.0.1:7070",
            "http://127.9.9.9",
            "http://[::1]:7070",
            "http://localhost",
        ] {
            assert!(address(near).is_loopback(), "{near}");
        }
        for far in [
            "http://10.0.0.1",
            "https://localhost.example",
            "http://[2001:db8::1]",
        ] {
            assert!(!address(far).is_loopback(), "{far}");
        }
    }

    #[test]
    fn segments_are_encoded_and_cannot_climb() {
        let keeper = address("https://keeper.example/lock");
        let url = keeper.operation(&["projects", "a/b ?#c", "changes"]).unwrap();
        assert_eq!(
            url.as_str(),
            "https://keeper.example/lock/api/v1/projects/a%2Fb%20%3F%23c/changes"
        );
        assert_eq!(keeper.operation(&["projects", ".."]), None);
        assert_eq!(keeper.operation(&["projects", ""]), None);
    }
}
