//! On a protected shared state `apply` becomes a proposal: only runs of approved changes write it.

use std::ffi::OsString;

use lockkeeper_engine::process::{Command, never_cancelled};

use super::child;
use super::kind::{self, Kind};
use super::prepared::Prepared;
use crate::commands::change::propose;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// What Git answers at most, in bytes.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// Proposes what is committed, where the command would write a protected state; answers nothing elsewhere.
///
/// # Errors
/// When there is something that is not committed or not pushed, or the command is none that a change stands for.
pub(super) async fn instead(prepared: &Prepared, session: &mut Session) -> Result<Option<Exit>, Failure> {
    if !prepared.state.is_protected()
        || prepared.kind < Kind::Writes
        || prepared.call.command == "force-unlock"
    {
        return Ok(None);
    }
    let words = prepared.state.words();
    if !kind::alters_objects(&prepared.call.command) || prepared.call.command == "destroy" {
        let detail = format!("{words} is protected: only runs of approved changes write it");
        let hint = match prepared.call.command.as_str() {
            "destroy" => "take the resources out of the configuration, commit, and propose that",
            _ => {
                "say it in the configuration (`import`, `moved` and `removed` blocks), commit, and propose that"
            }
        };
        return Err(
            Failure::new(Exit::Refused, "protected", "The state is protected", detail).with_hint(hint),
        );
    }
    let commit = committed(prepared).await?;
    let text = format!(
        "{words} is protected, so commit {} is proposed instead of applied",
        commit.short()
    );
    session.console.note(&escape::line(&text))?;
    let arguments = propose::Arguments::of(prepared.stack.name.to_string(), commit.id, commit.subject);
    propose::run(arguments, session).await.map(Some)
}

struct Commit {
    id: String,
    subject: String,
}

impl Commit {
    fn short(&self) -> &str {
        self.id.get(..10).unwrap_or(&self.id)
    }
}

/// The commit at hand, when it is all that the folder holds, and the server can fetch it.
async fn committed(prepared: &Prepared) -> Result<Commit, Failure> {
    let not_committed = |detail: String, hint: &str| {
        Failure::new(
            Exit::Refused,
            "not-committed",
            "There is something to commit",
            detail,
        )
        .with_hint(hint)
    };
    let changed = git(
        prepared,
        &["status", "--porcelain", "--untracked-files=normal", "--", "."],
    )
    .await?;
    let changed: Vec<&str> = changed
        .lines()
        .filter_map(|line| line.get(3..))
        .filter(|path| !path.ends_with(lockkeeper_terraform::OVERRIDE_FILE))
        .collect();
    if let Some(first) = changed.first() {
        let more = changed.len().saturating_sub(1);
        let more = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more")
        };
        return Err(not_committed(
            format!("{first}{more} is not committed, and only a commit can be proposed"),
            "git commit, git push, and apply again",
        ));
    }
    let id = git(prepared, &["rev-parse", "HEAD"]).await?.trim().to_owned();
    let remotes = git(prepared, &["remote"]).await?;
    if !remotes.trim().is_empty() {
        let on = git(prepared, &["branch", "--remotes", "--contains", &id]).await?;
        if on.trim().is_empty() {
            return Err(not_committed(
                format!(
                    "commit {} is not pushed, so the server cannot fetch it",
                    id.get(..10).unwrap_or(&id)
                ),
                "git push, and apply again",
            ));
        }
    }
    let subject = git(prepared, &["log", "-1", "--format=%s"])
        .await?
        .trim()
        .to_owned();
    Ok(Commit { id, subject })
}

async fn git(prepared: &Prepared, arguments: &[&str]) -> Result<String, Failure> {
    let mut command = Command::new("git", &prepared.root).arguments(arguments.iter().map(OsString::from));
    command.environment = child::environment(prepared.shell(), &std::collections::BTreeMap::new(), None);
    let failed = |why: String| {
        Failure::new(Exit::Failure, "git", "Git does not answer", why)
            .with_hint("apply from a clone of the repository")
    };
    let answer = command
        .capture(LONGEST_ANSWER, never_cancelled())
        .await
        .map_err(|error| failed(error.to_string()))?;
    if answer.exit_code() != 0 {
        return Err(failed(format!(
            "git {}: {}",
            arguments.first().unwrap_or(&""),
            answer.message
        )));
    }
    Ok(String::from_utf8_lossy(&answer.stdout).into_owned())
}
