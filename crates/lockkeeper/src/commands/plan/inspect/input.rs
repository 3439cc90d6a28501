//! What is read.

use std::io::Read;
use std::path::Path;

use crate::exit::Exit;
use crate::failure::Failure;

/// A file, or standard input for `-`, to be read piece by piece.
///
/// # Errors
/// When the file is not there or cannot be opened.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    match std::fs::File::open(path) {
        Ok(file) if file.metadata().is_ok_and(|found| found.is_dir()) => {
            let detail = format!("{} is a folder, and a file is read", path.display());
            Err(Failure::usage(detail).with_hint(
                "for the plan of a stack in it: `terraform plan -out=tfplan`, then `terraform show -json tfplan > plan.json`, \
                 and inspect plan.json",
            ))
        }
        Ok(file) => Ok(Box::new(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let detail = format!("there is no file {}", path.display());
            Err(
                Failure::new(Exit::NotFound, "no-file", "There is no such file", detail)
                    .with_hint("`terraform show -json tfplan > plan.json` writes a plan as JSON"),
            )
        }
        Err(error) => Err(Failure::file("read", path, &error)),
    }
}

/// The bytes of a file, or of standard input for `-`.
///
/// # Errors
/// When the file is not there or cannot be read.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    open(path)?
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::file("read", path, &error))?;
    Ok(bytes)
}

/// The text of a file.
///
/// # Errors
/// When the file is not there, cannot be read, or is not UTF-8.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?).map_err(|_| Failure::usage(format!("{} is not UTF-8", path.display())))
}
