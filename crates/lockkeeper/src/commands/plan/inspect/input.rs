//! What is read.

use std::io::Read;
use std::path::Path;

use crate::exit::Exit;
use crate::failure::Failure;

/// The bytes of a file, or of standard input for `-`.
///
/// # Errors
/// When the file is not there or cannot be read.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path != Path::new("-") {
        return std::fs::read(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                let detail = format!("there is no file {}", path.display());
                Failure::new(Exit::NotFound, "no-file", "There is no such file", detail)
            }
            _ => Failure::file("read", path, &error),
        });
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file.
///
/// # Errors
/// When the file is not there, cannot be read, or is not UTF-8.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?).map_err(|_| Failure::usage(format!("{} is not UTF-8", path.display())))
}
