//! The folder of everything that the server keeps: readable by its owner only, used by one server.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::exit::Exit;
use crate::failure::Failure;

/// Makes the folder if it is not there, and takes it for this process until what is answered is dropped.
/// The operating system gives it back when the process dies, however it dies.
pub(super) fn open(folder: &Path) -> Result<File, Failure> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| Failure::file("make the folder", folder, &error))?;
    let path = folder.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(|error| Failure::file("open", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let detail = format!("another server uses the folder {}", folder.display());
            Err(
                Failure::new(Exit::Refused, "data-in-use", "The data folder is in use", detail)
                    .with_hint("stop the other server, or give this one another folder with --data"),
            )
        }
        Err(TryLockError::Error(error)) => Err(Failure::file("lock", &path, &error)),
    }
}
