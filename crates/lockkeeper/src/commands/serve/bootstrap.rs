//! The first user's token, written where only its owner can read it.

use std::fs::{OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use lockkeeper_config::server::BootstrapConfig;
use lockkeeper_domain::secret::Secret;
use lockkeeper_usecases::{App, UseCaseError, people};

use crate::failure::Failure;

pub(super) async fn bootstrap(app: &App, configuration: &BootstrapConfig) -> Result<(), Failure> {
    let file = &configuration.token_file;
    let made =
        people::bootstrap_and_hand_over(app, &configuration.user, configuration.token.clone(), |token| {
            write(file, token).map_err(|error| {
                UseCaseError::internal(format!(
                    "the first token cannot be written to {}: {error}",
                    file.display()
                ))
                .hint("make its folder, or name another file as bootstrap.token_file, and start again")
            })
        })
        .await
        .map_err(super::server::refused)?;
    if made.is_some() {
        tracing::info!(
            user = %configuration.user,
            file = %file.display(),
            "the first start: this file holds the administrator's token; log in with `lockkeeper login --token-file FILE`"
        );
    }
    Ok(())
}

/// A file that is there already is made private before anything is in it.
fn write(file: &Path, token: &Secret) -> std::io::Result<()> {
    let mut open = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(file)?;
    open.set_permissions(Permissions::from_mode(0o600))?;
    writeln!(open, "{}", token.expose())?;
    open.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_others_could_read_is_made_private() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "old").unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        write(&file, &Secret::new("new")).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new\n");
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
