//! Files and folders of a run.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use lockkeeper_engine::contract::EngineError;

/// Writes a file that only the server can read. Whatever stood there is removed first, so that a
/// symbolic link of a hostile commit is replaced and not followed.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), EngineError> {
    let written = || -> std::io::Result<()> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?
            .write_all(content)
    };
    written().map_err(io(format!("cannot write {}", path.display())))
}

pub(crate) fn make_directory(path: &Path) -> Result<(), EngineError> {
    std::fs::create_dir_all(path).map_err(io(format!("cannot make the folder {}", path.display())))
}

pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> EngineError {
    let what = what.into();
    move |source| EngineError::Io { what, source }
}
