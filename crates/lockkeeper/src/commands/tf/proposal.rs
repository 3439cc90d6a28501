//! On a protected shared state `apply` becomes a proposal: only runs of approved changes write it.

use std::ffi::OsString;

use lockkeeper_api::client::StateAddress;
use lockkeeper_engine::process::{Command, never_cancelled};

use super::arguments::{self, Call, Part};
use super::child;
use super::kind::Kind;
use super::prepared::Prepared;
use super::state::ChosenState;
use crate::commands::change::propose;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// What Git answers at most, in bytes.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// What alters how an apply asks and prints, and nothing of what it does. A proposal can leave it out.
const WITHOUT_EFFECT: [&str; 10] = [
    "auto-approve",
    "compact-warnings",
    "concise",
    "input",
    "json",
    "lock",
    "lock-timeout",
    "no-color",
    "parallelism",
    "show-sensitive",
];

/// Whether the command would write a protected state, so that a proposal or a refusal stands in its place.
pub(super) fn stands_for(call: &Call, kind: Kind, state: &ChosenState) -> bool {
    let mends = ["force-unlock", "push-errored"].contains(&call.command.as_str());
    state.is_protected() && kind >= Kind::Writes && !mends
}

/// Proposes what is committed, where the command would write a protected state; answers nothing elsewhere.
///
/// # Errors
/// When there is something that is not committed or not pushed, the command is none that a change stands for, or it
/// says more than a commit does.
pub(super) async fn instead(prepared: &Prepared, session: &mut Session) -> Result<Option<Exit>, Failure> {
    if !stands_for(&prepared.call, prepared.kind, &prepared.state) {
        return Ok(None);
    }
    let words = prepared.state.words();
    if prepared.call.command != "apply" {
        let detail = format!("{words} is protected: only runs of approved changes write it");
        return Err(
            Failure::new(Exit::Refused, "protected", "The state is protected", detail)
                .with_hint(other_way(prepared)),
        );
    }
    let shell = prepared.shell();
    let of_shell = prepared.shell_arguments();
    for parts in [prepared.call.parts(), arguments::parts(&of_shell)] {
        refuse_lost(&words, &parts)?;
    }
    let commit = committed(prepared).await?;
    let text = format!(
        "{words} is protected, so commit {} goes through a change instead of being applied from here",
        commit.short()
    );
    session.console.note(&escape::line(&text))?;
    if let Some(text) = left_behind(shell.keys().map(String::as_str)) {
        session.console.note(&escape::line(&text))?;
    }
    let arguments = propose::Arguments::of(prepared.stack.name.to_string(), commit.id, commit.subject);
    propose::run(arguments, session).await.map(Some)
}

/// Says which of the shell's variables the change does not have, if there are any; they may be meant for other stacks.
fn left_behind<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.filter(|name| name.starts_with("TF_VAR_")).collect();
    (!names.is_empty()).then(|| {
        format!(
            "not proposed: {} of this shell; a change has the variables of its commit and of .lockkeeper/project.toml",
            names.join(", ")
        )
    })
}

/// What to do instead of a command that no change stands for.
fn other_way(prepared: &Prepared) -> String {
    let StateAddress {
        environment, stack, ..
    } = prepared.state.path();
    match prepared.call.command.as_str() {
        "destroy" => DESTROY.to_owned(),
        "init" => format!(
            "an administrator opens it for the while: lockkeeper state unprotect {environment} {stack} --reason TEXT; \
             after it: lockkeeper state protect {environment} {stack} --reason TEXT"
        ),
        _ => "say it in the configuration (`import`, `moved` and `removed` blocks), commit, and propose that"
            .to_owned(),
    }
}

const DESTROY: &str = "take the resources out of the configuration, commit, and propose that";

/// Refuses what a proposal would leave out without a word: it carries the commit, and nothing else.
fn refuse_lost(words: &str, parts: &[Part<'_>]) -> Result<(), Failure> {
    let lost = parts.iter().find_map(|part| match part {
        Part::Flag { name, .. } if WITHOUT_EFFECT.contains(name) => None,
        Part::Flag { name, .. } => Some((format!("-{name}"), way_of(name))),
        Part::Word(file) => Some((
            format!("the saved plan {}", file.to_string_lossy()),
            "leave the plan out: the server makes one of the commit, which is reviewed",
        )),
    });
    let Some((lost, way)) = lost else {
        return Ok(());
    };
    let detail = format!(
        "{words} is protected, so apply proposes the commit at hand, and a proposal carries the commit and nothing else: \
         {lost} would be lost"
    );
    Err(Failure::new(
        Exit::Refused,
        "not-in-commit",
        "A proposal cannot carry this",
        detail,
    )
    .with_hint(way))
}

/// How the repository says what the flag says.
fn way_of(flag: &str) -> &'static str {
    match flag {
        "destroy" => DESTROY,
        "var" | "var-file" => {
            "write the values into .lockkeeper/project.toml (`variables` of the stack) or a *.auto.tfvars file, commit, and apply again"
        }
        "target" | "target-file" | "exclude" | "exclude-file" => {
            "apply without it: a change carries out the whole commit; commit less to alter less"
        }
        "replace" => {
            "let the configuration replace it (`replace_triggered_by` in its `lifecycle`, say), commit, and apply again"
        }
        "refresh-only" | "refresh" => "apply without it: a run refreshes the state before it plans",
        _ => "apply without it, or say it in the repository, and commit",
    }
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
        .filter(|path| !is_left_by_init(path))
        .collect();
    if let Some(first) = changed.first() {
        let more = changed.len().saturating_sub(1);
        let (more, is) = match more {
            0 => (String::new(), "is"),
            more => (format!(" and {more} more"), "are"),
        };
        return Err(not_committed(
            format!("{first}{more} {is} not committed, and only a commit can be proposed"),
            "git add, git commit, git push, and apply again; what is not to be committed goes into .gitignore",
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

/// Whether this is what `init` and the wrapper leave in a stack's folder: nobody commits it, with or without `.gitignore`.
fn is_left_by_init(path: &str) -> bool {
    path.ends_with(lockkeeper_terraform::OVERRIDE_FILE)
        || path.ends_with(super::errored::UPLOADED)
        || path.split('/').any(|part| part == ".terraform")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_the_shell_are_named() {
        let said = left_behind(["PATH", "TF_VAR_a", "TF_VAR_b"].into_iter()).unwrap_or_default();
        assert!(
            said.starts_with("not proposed: TF_VAR_a, TF_VAR_b of this shell"),
            "{said}"
        );
        assert_eq!(left_behind(["PATH", "TF_LOG"].into_iter()), None);
    }

    #[test]
    fn what_init_leaves_is_not_to_be_committed() {
        assert!(is_left_by_init("staging/website/.terraform/"));
        assert!(is_left_by_init("staging/website/errored.2.tfstate.uploaded"));
        assert!(is_left_by_init("staging/website/lockkeeper_override.tf.json"));
        for path in ["staging/website/.terraform.lock.hcl", "staging/website/main.tf"] {
            assert!(!is_left_by_init(path), "{path}");
        }
    }

    #[test]
    fn what_a_commit_does_not_say_is_refused() {
        let refusal = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            refuse_lost("the state", &arguments::parts(&words)).err()
        };
        assert!(
            refusal(&[
                "-auto-approve",
                "-input=false",
                "-lock-timeout",
                "2s",
                "-no-color"
            ])
            .is_none()
        );
        for words in [
            &["-auto-approve", "-destroy"][..],
            &["-var", "a=b"],
            &["--var-file=x.tfvars"],
            &["-target=t.a"],
            &["-replace", "t.a"],
            &["-refresh-only"],
            &["-of-tomorrow"],
            &["-auto-approve", "tfplan"],
        ] {
            let failure = refusal(words).expect("a refusal");
            assert!(
                failure.problem().detail.contains("would be lost") && failure.problem().hint.is_some(),
                "{words:?}"
            );
        }
    }
}
