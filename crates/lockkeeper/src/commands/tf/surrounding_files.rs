//! The `.env` files of a repository and of a stack's folder.

use std::collections::BTreeMap;
use std::path::Path;

use super::dotenv::{self, Dotenv};
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// Reads `.env` of the repository and of the folder, whose variables win. Neither has to be there.
///
/// # Errors
/// When one is there and cannot be read.
pub(super) fn read(
    root: Option<&Path>,
    folder: &Path,
    session: &mut Session,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut variables = BTreeMap::new();
    let root = root.filter(|root| *root != folder);
    for place in root.into_iter().chain([folder]) {
        let path = place.join(".env");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Failure::file("read", &path, &error)),
        };
        let Dotenv {
            variables: found,
            refused,
        } = dotenv::parse(&text)
            .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", path.display())))?;
        if !refused.is_empty() {
            let text = format!(
                "{}: not taken over, set them in the shell if you mean them: {}",
                path.display(),
                refused.join(", ")
            );
            session.console.note(&escape::line(&text))?;
        }
        variables.extend(found);
    }
    Ok(variables)
}
