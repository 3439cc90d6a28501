//! The server's configuration: a file, environment variables, and the flags, which win.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use lockkeeper_config::ServerConfig;

use super::ConfigurationArguments;
use crate::exit::Exit;
use crate::failure::Failure;

const DEFAULT_FILE: &str = "lockkeeper.toml";

/// Reads the configuration.
///
/// # Errors
/// When the file cannot be read, or has mistakes.
pub(crate) fn read(
    arguments: &ConfigurationArguments,
    listen: Option<SocketAddr>,
) -> Result<ServerConfig, Failure> {
    let file = arguments
        .config
        .as_deref()
        .or_else(|| Some(Path::new(DEFAULT_FILE)).filter(|file| file.exists()));
    let text = match file {
        Some(file) => std::fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error))?,
        None => String::new(),
    };
    let mut variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("LOCKKEEPER_"))
        .collect();
    if let Some(listen) = listen {
        variables.insert("LOCKKEEPER_LISTEN".to_owned(), listen.to_string());
    }
    if let Some(data) = &arguments.data {
        variables.insert("LOCKKEEPER_DATA".to_owned(), data.display().to_string());
    }
    if let Some(database) = &arguments.database {
        variables.insert("LOCKKEEPER_DATABASE".to_owned(), database.clone());
    }
    ServerConfig::parse(&text, &variables).map_err(|problems| {
        let place = file.map_or_else(|| "the environment".to_owned(), |file| file.display().to_string());
        let detail = format!("{place} has mistakes:\n{problems}");
        Failure::new(Exit::Usage, "configuration", "The configuration is wrong", detail)
            .with_hint("docs/configuration.md lists every setting")
    })
}
