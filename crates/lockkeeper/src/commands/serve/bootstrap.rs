//! The first user's token, written where only its owner can read it.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use lockkeeper_config::server::BootstrapConfig;
use lockkeeper_usecases::{App, people};

use crate::failure::Failure;

pub(super) async fn bootstrap(app: &App, configuration: &BootstrapConfig) -> Result<(), Failure> {
    let token = people::bootstrap(app, &configuration.user, configuration.token.clone())
        .await
        .map_err(super::server::refused)?;
    let Some(token) = token else {
        return Ok(());
    };
    let file = &configuration.token_file;
    let written = std::fs::OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut open| writeln!(open, "{}", token.expose()));
    written.map_err(|error| Failure::file("write", file, &error))?;
    tracing::info!(
        user = %configuration.user,
        file = %file.display(),
        "the first start: this file holds the administrator's token; log in with `lockkeeper login --token-file`"
    );
    Ok(())
}
