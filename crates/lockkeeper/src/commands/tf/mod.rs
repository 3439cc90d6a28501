//! `lockkeeper tf`: Terraform or OpenTofu on the stack of a folder, with everything looked at before.

mod arguments;
mod child;
mod clean;
mod dotenv;
mod errored;
mod graph;
mod initialized;
mod kind;
mod override_file;
mod place;
mod prepared;
mod proposal;
mod pull;
mod rights;
mod state;
mod surrounding_files;
mod tool;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use lockkeeper_engine::process::Command;

pub(crate) use self::arguments::Arguments;
use self::arguments::Call;
use self::kind::Kind;
use self::place::Place;
use self::prepared::Prepared;
pub(crate) use self::pull::pull_state;
use crate::commands::ask;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// Checks what the command needs, runs it, and passes its exit code on.
///
/// # Errors
/// What is missing, in one sentence, and how to mend it.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let call = Call::read(arguments)?;
    let folder = working_folder(&call, session)?;
    if call.command == "clean" {
        return clean::run(&call, &folder, session);
    }
    if call.is_help() || kind::of(&call) == Kind::Apart {
        return run_apart(&call, &folder, session).await;
    }
    let mut prepared = Prepared::of(call, &folder, session).await?;
    if prepared.call.command == "push-errored" {
        return errored::push(&prepared, session).await;
    }
    if let Some(exit) = proposal::instead(&prepared, session).await? {
        return Ok(exit);
    }
    look_for_errored(&prepared, session).await?;
    prepared.refuse_unlocked()?;
    prepared.refuse_other_lock()?;
    prepared.refuse_locked()?;
    ask_about_real_objects(&prepared, session).await?;
    let result = match prepared.start(session).await {
        Ok(()) => carry_out(&prepared, session).await,
        Err(failure) => Err(failure),
    };
    prepared.finish().await;
    let exit = result?;
    if exit != Exit::Success
        && kind::alters_objects(&prepared.call.command)
        && let Some(path) = errored::left_in(&prepared.folder)
    {
        offer_upload(&prepared, &path, session).await?;
    }
    Ok(exit)
}

/// The folder that Terraform works in, as the person named it.
fn working_folder(call: &Call, session: &Session) -> Result<PathBuf, Failure> {
    let here = session
        .surroundings
        .working_folder
        .join(call.changed_folder().unwrap_or_default());
    here.canonicalize()
        .map_err(|error| Failure::file("use the folder", &here, &error))
}

/// A command that needs no state, and so no server.
async fn run_apart(call: &Call, folder: &Path, session: &mut Session) -> Result<Exit, Failure> {
    let place = Place::find(folder).ok();
    let added = surrounding_files::read(place.as_ref().map(|place| place.root.as_path()), folder, session)?;
    let shell = &session.surroundings.variables;
    let program = tool::program(
        shell.get("LOCKKEEPER_TF_TOOL"),
        place.and_then(|place| place.settings.tool),
    );
    let mut words = call.before.clone();
    words.extend((!call.command.is_empty()).then(|| call.command.clone().into()));
    words.extend(call.after.iter().cloned());
    let mut command = Command::new(program, &session.surroundings.working_folder).arguments(words);
    command.environment = child::environment(shell, &added, None);
    attend(&command, session).await
}

async fn carry_out(prepared: &Prepared, session: &mut Session) -> Result<Exit, Failure> {
    if prepared.call.command == "graph" {
        return graph::run(prepared, session).await;
    }
    attend(&prepared.command(&[])?, session).await
}

/// Runs the child at the person's terminal. Ctrl-C is the child's meanwhile.
async fn attend(command: &Command, session: &Session) -> Result<Exit, Failure> {
    let at_work = session.child_at_work();
    at_work.store(true, Ordering::Relaxed);
    let ended = command.attend().await;
    at_work.store(false, Ordering::Relaxed);
    let code = ended.map_err(|error| tool::missing(&command.program.to_string_lossy(), &error))?;
    Ok(match code {
        0 => Exit::Success,
        code => Exit::Child(u8::try_from(code).unwrap_or(1)),
    })
}

/// A state that was not stored comes first: what alters objects or states waits until it is.
async fn look_for_errored(prepared: &Prepared, session: &mut Session) -> Result<(), Failure> {
    let Some(path) = errored::left_in(&prepared.folder) else {
        return Ok(());
    };
    let mends = ["force-unlock", "state push"].contains(&prepared.call.full_name().as_str());
    if prepared.kind < Kind::Locks || mends {
        let failure = errored::in_the_way(&path);
        return session
            .console
            .note(&escape::line(&format!("note: {}", failure.problem().detail)));
    }
    offer_upload(prepared, &path, session).await?;
    match errored::left_in(&prepared.folder) {
        Some(path) => Err(errored::in_the_way(&path)),
        None => Ok(()),
    }
}

async fn offer_upload(prepared: &Prepared, path: &Path, session: &mut Session) -> Result<(), Failure> {
    let failure = errored::in_the_way(path);
    session.console.note(&escape::line(&failure.problem().detail))?;
    if ask::somebody_is_there() && ask::yes(session, "check and upload it now?")? {
        errored::push(prepared, session).await?;
        return Ok(());
    }
    session
        .console
        .note("check and upload it: lockkeeper tf push-errored")
}

/// A copy of the shared state refers to objects that everybody uses.
async fn ask_about_real_objects(prepared: &Prepared, session: &mut Session) -> Result<(), Failure> {
    if prepared.state.is_shared()
        || !kind::alters_objects(&prepared.call.command)
        || prepared.call.options.yes
    {
        return Ok(());
    }
    let count = state::objects_of_everybody(&prepared.client, &prepared.state.path()).await?;
    if count == 0 {
        return Ok(());
    }
    let objects = if count == 1 {
        "1 object".to_owned()
    } else {
        format!("{count} objects")
    };
    let text = format!(
        "{} is a copy: {objects} in it are those of the shared state, and {} alters the real ones",
        prepared.state.words(),
        prepared.call.command
    );
    session.console.note(&escape::line(&text))?;
    if ask::somebody_is_there() && ask::yes(session, "go on all the same?")? {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Refused,
        "real-objects",
        "These are real objects",
        format!("{} was not started", prepared.call.command),
    )
    .with_hint(
        "say --yes if that is meant; or propose a change; or begin anew: lockkeeper state personal remove ENVIRONMENT STACK",
    ))
}
