//! The state of a folder whose backend is not this server's, as Terraform itself reads it.

use std::path::Path;
use std::time::Duration;

use lockkeeper_domain::state_version::StateFacts;
use lockkeeper_engine::process::{Command, End, never_cancelled};

use super::place::Place;
use super::{surrounding_files, tool};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The largest state that is read, in bytes: far above what a server takes by itself.
const LARGEST: usize = 1 << 30;
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// Whether that is what Terraform prints where there is no state: nothing for a local one, and for others a state that
/// has no lineage yet.
fn is_none(pulled: &[u8]) -> bool {
    let facts = serde_json::from_slice::<StateFacts>(pulled);
    pulled.trim_ascii().is_empty() || facts.is_ok_and(|facts| facts.lineage.is_empty())
}

/// Pulls the state of the folder's workspace from the backend that it was initialised with. Terraform gets the
/// variables of the person, in which the credentials of that backend are, and none of Lockkeeper's.
///
/// # Errors
/// When the tool is missing or fails, and when there is no state.
pub(crate) async fn pull_state(folder: &Path, session: &mut Session) -> Result<Vec<u8>, Failure> {
    let folder = session.surroundings.working_folder.join(folder);
    let folder = folder
        .canonicalize()
        .map_err(|error| Failure::file("use the folder", &folder, &error))?;
    let place = Place::find(&folder).ok();
    let root = place.as_ref().map(|place| place.root.as_path());
    let added = surrounding_files::read(root, &folder, session)?;
    let shell = &session.surroundings.variables;
    let program = tool::program(
        shell.get("LOCKKEEPER_TF_TOOL"),
        place.and_then(|place| place.settings.tool),
    );
    let mut command = Command::new(&program, &folder).arguments(["state", "pull", "-no-color"]);
    command.time_limit = TIME_LIMIT;
    // Those of the `http` backend stay: that is the one of GitLab.
    command.environment = added
        .into_iter()
        .map(|(name, value)| (name, value.into()))
        .collect();
    command.environment.extend(shell.clone());
    command
        .environment
        .retain(|name, _| !name.starts_with("LOCKKEEPER_"));
    let name = program.to_string_lossy();
    let pulled = command
        .capture(LARGEST, never_cancelled())
        .await
        .map_err(|error| tool::missing(&name, &error))?;
    if pulled.end != End::Exited(0) {
        let detail = format!(
            "`{name} state pull` in {} failed:\n{}",
            folder.display(),
            pulled.message.trim()
        );
        return Err(
            Failure::new(Exit::Failure, "pull", "The state cannot be read", detail).with_hint(format!(
                "it has to work by itself there: set the credentials of that backend, and say `{name} init`"
            )),
        );
    }
    if is_none(&pulled.stdout) {
        let detail = format!("the backend of {} has no state", folder.display());
        return Err(
            Failure::new(Exit::NotFound, "no-state", "There is no state", detail)
                .with_hint(format!("look which workspace is chosen: `{name} workspace list`")),
        );
    }
    Ok(pulled.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_without_a_lineage_is_none() {
        assert!(is_none(b"\n"));
        assert!(is_none(
            br#"{"version":4,"serial":0,"lineage":"","resources":[]}"#
        ));
        assert!(!is_none(
            br#"{"version":4,"serial":0,"lineage":"l","resources":[]}"#
        ));
        assert!(!is_none(b"<html>"), "the server says what it thinks of that");
    }
}
