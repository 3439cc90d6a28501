//! A state that Terraform could not store, which it leaves in the stack's folder as `errored.tfstate`.

use std::path::{Path, PathBuf};

use lockkeeper_api::client::Client;
use lockkeeper_api::types::state::{LockDescriptionView, StateDocument};
use lockkeeper_domain::state_version::as_first_version;

use super::prepared::Prepared;
use super::state::ChosenState;
use crate::commands::ask;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::{Session, new_key};

const FILE: &str = "errored.tfstate";
/// How the name of one ends that was uploaded.
pub(super) const UPLOADED: &str = ".tfstate.uploaded";

/// The state that was left in the folder, if one was.
pub(super) fn left_in(folder: &Path) -> Option<PathBuf> {
    let path = folder.join(FILE);
    path.is_file().then_some(path)
}

/// The refusal of commands that would alter objects or a state whose newest version is only in the file.
pub(super) fn in_the_way(path: &Path) -> Failure {
    let detail = format!(
        "{} holds the state of an apply that could not store it: what that apply made is known nowhere else",
        path.display()
    );
    Failure::new(
        Exit::Refused,
        "errored-state",
        "A state was not stored yet",
        detail,
    )
    .with_hint("check and upload it: lockkeeper tf push-errored")
}

/// How the file stands to what the server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It goes on from the server's newest version.
    Newer,
    /// The server has nothing to compare it with.
    First,
    /// The server has it already.
    There,
}

/// Checks the file against the server's newest version, uploads it under the state's lock, looks whether it
/// arrived, and gives the file another name.
///
/// # Errors
/// When the file is no state, is older or of another lineage, or the lock is held by somebody else.
pub(super) async fn push(prepared: &Prepared, session: &mut Session) -> Result<Exit, Failure> {
    let Some(path) = left_in(&prepared.folder) else {
        let detail = format!("no {FILE} stands in {}", prepared.folder.display());
        return Err(Failure::new(
            Exit::NotFound,
            "no-errored-state",
            "There is nothing to upload",
            detail,
        ));
    };
    let bytes = std::fs::read(&path).map_err(|error| Failure::file("read", &path, &error))?;
    let chosen = &prepared.state;
    let theirs = newest(&prepared.client, chosen).await?;
    let bytes = match &theirs {
        None => with_lineage(bytes)?,
        Some(_) => bytes,
    };
    let ours = read_document(&bytes).ok_or_else(|| {
        refused(
            format!("{} is not a Terraform state", path.display()),
            "keep the file, and ask whoever ran the apply",
        )
    })?;
    let standing = compare(&ours, theirs.as_ref(), &path)?;
    if standing == Standing::First {
        agree_to_first(prepared, session, &path)?;
    }
    if standing != Standing::There {
        upload(prepared, session, &bytes, &ours).await?;
        let stored = newest(&prepared.client, chosen).await?;
        if stored.is_none_or(|stored| (stored.serial, &stored.lineage) != (ours.serial, &ours.lineage)) {
            return Err(refused(
                format!(
                    "serial {} was uploaded, and the server answers another",
                    ours.serial
                ),
                "keep the file, and look at the versions: lockkeeper state versions",
            ));
        }
    }
    let kept = path.with_file_name(format!("errored.{}{UPLOADED}", ours.serial));
    std::fs::rename(&path, &kept).map_err(|error| Failure::file("rename", &path, &error))?;
    let what = match standing {
        Standing::Newer | Standing::First => "uploaded and checked",
        Standing::There => "the server has it already",
    };
    let text = format!(
        "serial {} of {}: {what}; the file is now {}",
        ours.serial,
        chosen.words(),
        kept.display()
    );
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}

/// A state that was never stored has no lineage yet.
fn with_lineage(bytes: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let first = as_first_version(&bytes, new_key()?.as_str());
    // What is no state is refused by whoever reads it next.
    Ok(first.ok().flatten().unwrap_or(bytes))
}

/// Without a state on the server nothing tells whether the file belongs to it: the person has to.
fn agree_to_first(prepared: &Prepared, session: &mut Session, path: &Path) -> Result<(), Failure> {
    if prepared.call.options.yes {
        return Ok(());
    }
    let words = prepared.state.words();
    let text = format!(
        "{words} is empty, so nothing says whether {} belongs to it",
        path.display()
    );
    if ask::somebody_is_there() {
        session.console.note(&escape::line(&text))?;
        if ask::yes(session, "was that apply on this very state?")? {
            return Ok(());
        }
    }
    Err(refused(
        text,
        "find out which stack, environment and state (your own or the shared one) that apply was on; if it was this one, say --yes",
    ))
}

fn read_document(bytes: &[u8]) -> Option<StateDocument> {
    serde_json::from_slice(bytes).ok()
}

async fn newest(client: &Client, chosen: &ChosenState) -> Result<Option<StateDocument>, Failure> {
    let Some(mut download) = client.pull_state_at(&chosen.path()).await? else {
        return Ok(None);
    };
    let mut body = Vec::new();
    while let Some(piece) = download.piece().await? {
        body.extend_from_slice(&piece);
    }
    Ok(read_document(&body))
}

fn compare(ours: &StateDocument, theirs: Option<&StateDocument>, path: &Path) -> Result<Standing, Failure> {
    let Some(theirs) = theirs else {
        return Ok(Standing::First);
    };
    let file = path.display();
    if theirs.lineage != ours.lineage {
        return Err(refused(
            format!(
                "{file} is of another lineage than the server's state: it belongs to another stack, environment or copy"
            ),
            "keep the file, and ask whoever ran the apply which state it was on: this one it would spoil",
        ));
    }
    if theirs.serial == ours.serial {
        return Ok(Standing::There);
    }
    if theirs.serial > ours.serial {
        return Err(refused(
            format!(
                "{file} has serial {}, and the server has {} already: somebody wrote the state since",
                ours.serial, theirs.serial
            ),
            "compare both by hand: uploading it would undo what was written since",
        ));
    }
    Ok(Standing::Newer)
}

fn refused(detail: String, hint: &str) -> Failure {
    Failure::new(
        Exit::Refused,
        "errored-state",
        "The state is not uploaded",
        detail,
    )
    .with_hint(hint)
}

/// Writes the state under its lock: a new one, or the one that the same user's apply could not release.
async fn upload(
    prepared: &Prepared,
    session: &mut Session,
    bytes: &[u8],
    ours: &StateDocument,
) -> Result<(), Failure> {
    let (client, path) = (&prepared.client, prepared.state.path());
    let lock = match prepared.state.lock() {
        Some(held) if held.user == prepared.user && held.operation == "OperationTypeApply" => {
            let text = format!(
                "the lock of that apply is still held ({}, since {}): it is used, and released",
                held.who, held.since
            );
            session.console.note(&escape::line(&text))?;
            held.id.clone()
        }
        _ => {
            let description = LockDescriptionView {
                id: new_key()?.as_str().to_owned(),
                operation: "push-errored".to_owned(),
                info: format!("serial {}", ours.serial),
                who: prepared.user.clone(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                created: String::new(),
                path: String::new(),
            };
            client.lock_state(&path, &description).await?;
            description.id
        }
    };
    let written = client.write_state(&path, &lock, bytes).await;
    let released = client.unlock_state(&path, &lock).await;
    written?;
    Ok(released?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(serial: i64, lineage: &str) -> StateDocument {
        StateDocument {
            serial,
            lineage: lineage.to_owned(),
        }
    }

    #[test]
    fn only_what_goes_on_from_the_server_is_uploaded() {
        let compared =
            |theirs: Option<StateDocument>| compare(&document(5, "a"), theirs.as_ref(), Path::new(FILE)).ok();
        assert_eq!(compared(None), Some(Standing::First));
        assert_eq!(compared(Some(document(4, "a"))), Some(Standing::Newer));
        assert_eq!(compared(Some(document(5, "a"))), Some(Standing::There));
        assert_eq!(compared(Some(document(6, "a"))), None);
        assert_eq!(compared(Some(document(1, "b"))), None);
    }
}
