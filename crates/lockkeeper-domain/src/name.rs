//! Names that people give, and the readable keys of changes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest name, in bytes. DNS labels end at 63; names appear in addresses and file paths.
pub const MAX_NAME_LENGTH: usize = 63;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a name: use 1 to {MAX_NAME_LENGTH} lower-case letters, digits and hyphens, with a letter or digit first and last"
)]
pub struct InvalidName {
    text: String,
}

/// The name of a project, environment, stack, window or user: lower-case letters, digits and
/// hyphens, as in a DNS label (RFC 1123), so that it can stand in an address or a file path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let bytes = text.as_bytes();
        let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let valid = bytes.len() <= MAX_NAME_LENGTH
            && edge(bytes.first())
            && edge(bytes.last())
            && bytes
                .iter()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-');
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName { text: shorten(text) })
        }
    }
}

/// A refused text is quoted in an error; one of a megabyte would drown the message.
fn shorten(text: &str) -> String {
    const SHOWN: usize = 80;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}

impl TryFrom<String> for Name {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> String {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The readable key of a change within its project: `INFRA-100`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChangeKey {
    prefix: String,
    number: u32,
}

/// Why a text is not the key of a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the key of a change: expected something like INFRA-100")]
pub struct InvalidChangeKey {
    text: String,
}

impl ChangeKey {
    /// The prefix of Terraform changes.
    pub const TERRAFORM_PREFIX: &'static str = "INFRA";

    /// The key of the `number`th Terraform change of a project, counted from 1.
    pub fn terraform(number: u32) -> Self {
        Self {
            prefix: Self::TERRAFORM_PREFIX.to_owned(),
            number,
        }
    }

    /// The part before the hyphen.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The part after the hyphen.
    pub fn number(&self) -> u32 {
        self.number
    }
}

impl FromStr for ChangeKey {
    type Err = InvalidChangeKey;

    fn from_str(text: &str) -> Result<Self, InvalidChangeKey> {
        let refused = || InvalidChangeKey { text: shorten(text) };
        let (prefix, number) = text.rsplit_once('-').ok_or_else(refused)?;
        let well_formed = (1..=16).contains(&prefix.len())
            && prefix.bytes().all(|b| b.is_ascii_uppercase() || b == b'-')
            && !number.starts_with(['+', '0']);
        let number = number.parse().map_err(|_| refused())?;
        if well_formed {
            Ok(Self {
                prefix: prefix.to_owned(),
                number,
            })
        } else {
            Err(refused())
        }
    }
}

impl TryFrom<String> for ChangeKey {
    type Error = InvalidChangeKey;

    fn try_from(text: String) -> Result<Self, InvalidChangeKey> {
        text.parse()
    }
}

impl From<ChangeKey> for String {
    fn from(key: ChangeKey) -> String {
        key.to_string()
    }
}

impl fmt::Display for ChangeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.prefix, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "shop", "eu-west-1", &"x".repeat(63)] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "Shop", "a_b", "a/b", "..", "é", &"x".repeat(64)] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }

    #[test]
    fn keys() {
        let key: ChangeKey = "INFRA-100".parse().unwrap();
        assert_eq!(key, ChangeKey::terraform(100));
        assert_eq!(key.to_string(), "INFRA-100");
        for bad in [
            "INFRA",
            "INFRA-",
            "INFRA-0",
            "INFRA-+1",
            "infra-1",
            "-1",
            "INFRA-99999999999",
        ] {
            assert!(bad.parse::<ChangeKey>().is_err(), "{bad}");
        }
    }
}
