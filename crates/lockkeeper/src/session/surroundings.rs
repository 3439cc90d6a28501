//! What the process was started with, read once.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use lockkeeper_api::client::Token;

/// The part of the environment that commands look at.
#[derive(Clone)]
pub(crate) struct Surroundings {
    /// `LOCKKEEPER_TOKEN`.
    pub(crate) token: Option<Token>,
    /// `LOCKKEEPER_TOKEN_FILE`.
    pub(crate) token_file: Option<PathBuf>,
    /// The folder of the user's configuration: `$XDG_CONFIG_HOME/lockkeeper`.
    pub(crate) configuration: Option<PathBuf>,
    /// Every variable, for a program that is started for the person. Those whose names are not UTF-8 are left out.
    pub(crate) variables: BTreeMap<String, OsString>,
    /// The folder that the command was started in.
    pub(crate) working_folder: PathBuf,
}

impl Surroundings {
    /// Reads the environment of this process.
    pub(crate) fn of_process() -> Self {
        let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let home = variable("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            // The XDG specification: a relative path is to be ignored.
            .filter(|path| path.is_absolute())
            .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".config")));
        Self {
            token: env::var("LOCKKEEPER_TOKEN")
                .ok()
                .filter(|token| !token.is_empty())
                .map(Token::new),
            token_file: variable("LOCKKEEPER_TOKEN_FILE").map(PathBuf::from),
            configuration: home.map(|home| home.join("lockkeeper")),
            variables: env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
                .collect(),
            working_folder: env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
        }
    }

    /// Where a server that was started in this folder leaves its first token.
    pub(crate) fn bootstrap_token(&self) -> PathBuf {
        self.working_folder
            .join("lockkeeper-data")
            .join("bootstrap-token")
    }
}
