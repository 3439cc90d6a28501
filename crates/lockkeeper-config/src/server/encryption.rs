//! `[encryption]`: where the root key comes from.

use std::fmt;
use std::path::{Path, PathBuf};

use globset::GlobMatcher;
use lockkeeper_domain::secret::Secret;

use super::terraform::read_pattern;
use super::{PREFIX, read_path};
use crate::reading::{Problems, Section, Value};

/// The environment variable that holds the root key.
pub const ROOT_KEY_VARIABLE: &str = "LOCKKEEPER_ROOT_KEY";

/// How the root key is had.
#[derive(Debug, Clone)]
pub struct EncryptionConfig {
    /// Where it comes from.
    pub root_key: RootKeySource,
    /// The names of the variables that a command may see of the server's environment.
    passed: Vec<GlobMatcher>,
}

/// Where the root key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootKeySource {
    /// A file. It is made at the first start.
    File(PathBuf),
    /// The environment variable `LOCKKEEPER_ROOT_KEY`, with its value.
    Variable(Secret),
    /// A program and its arguments, which prints it.
    Command(Vec<String>),
}

impl EncryptionConfig {
    /// The same settings with the root key from elsewhere.
    #[must_use]
    pub fn with_root_key(&self, root_key: RootKeySource) -> Self {
        Self {
            root_key,
            passed: self.passed.clone(),
        }
    }

    /// Whether the variable is passed on to the command. Lockkeeper's own never are.
    pub fn passes(&self, variable: &str) -> bool {
        !variable.starts_with(PREFIX) && self.passed.iter().any(|matcher| matcher.is_match(variable))
    }
}

pub(super) fn read(
    mut section: Section<'_>,
    data: &Path,
    variable: Option<Secret>,
    problems: &mut Problems<'_>,
) -> Option<EncryptionConfig> {
    let command = section.take("root_key_command");
    let listed = section
        .take("root_key_environment")
        .and_then(|value| value.list(problems))
        .unwrap_or_default();
    let passed = listed
        .iter()
        .filter_map(|value| Some(read_pattern(value, problems)?.1))
        .collect();
    let file = section.take("root_key_file");
    section.finish(problems);
    if let (Some(command), Some(_)) = (&command, &file) {
        let hint = Some("Take `root_key_file` or `root_key_command` out.".to_owned());
        return command.refuse(problems, "The root key comes from one place.", hint);
    }
    let root_key = match (variable, command) {
        (Some(key), _) => RootKeySource::Variable(key),
        (None, Some(command)) => RootKeySource::Command(read_command(&command, problems)?),
        (None, None) if file.is_some() => RootKeySource::File(read_path(file, problems)?),
        (None, None) => RootKeySource::File(data.join("key")),
    };
    Some(EncryptionConfig { root_key, passed })
}

fn read_command(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Vec<String>> {
    let parts = value.list(problems)?;
    if parts.is_empty() {
        let hint = Some("Write the program and its arguments: `[\"/usr/local/bin/root-key\"]`.".to_owned());
        return value.refuse(problems, format!("`{}` is empty.", value.path()), hint);
    }
    let parts = parts.iter().map(|part| part.text(problems).map(str::to_owned));
    parts.collect()
}

impl fmt::Display for RootKeySource {
    /// Arguments are left out: they may tell something.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "the file {}", file.display()),
            Self::Variable(_) => write!(f, "the variable {ROOT_KEY_VARIABLE}"),
            Self::Command(parts) => {
                write!(f, "the command {}", parts.first().map_or("", String::as_str))
            }
        }
    }
}
