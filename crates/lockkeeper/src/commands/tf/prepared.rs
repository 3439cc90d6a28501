//! Everything that a command needs, checked before Terraform is started.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use lockkeeper_api::client::{Client, ClientError, StateAddress, collect};
use lockkeeper_api::types::project::EnvironmentView;
use lockkeeper_api::types::user::NewToken;
use lockkeeper_domain::stack::Stack;
use lockkeeper_engine::contract::EngineError;
use lockkeeper_engine::process::Command;
use lockkeeper_terraform::Declarations;
use tempfile::NamedTempFile;

use super::arguments::{self, Call, Part};
use super::child::{self, StateAccess};
use super::kind::{self, Kind};
use super::override_file::OverrideFile;
use super::place::{Place, StackFolder};
use super::state::ChosenState;
use super::{initialized, proposal, rights, surrounding_files, tool};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::{Session, new_key};

/// What brings the state of another backend to where everybody finds it.
pub(super) const MIGRATE: &str = "lockkeeper tf --shared init -migrate-state";

/// A command whose needs are met.
pub(super) struct Prepared {
    pub(super) call: Call,
    pub(super) kind: Kind,
    pub(super) root: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) stack: Stack,
    pub(super) environment: String,
    pub(super) client: Client,
    pub(super) user: String,
    pub(super) state: ChosenState,
    pub(super) program: OsString,
    working_folder: PathBuf,
    declared: Declarations,
    added: BTreeMap<String, String>,
    shell: BTreeMap<String, OsString>,
    started: Option<Started>,
}

/// What exists only while Terraform runs.
struct Started {
    token: String,
    environment: BTreeMap<String, OsString>,
    variables: Option<NamedTempFile>,
    _override_file: Option<OverrideFile>,
}

impl Prepared {
    /// Checks everything, and says in one sentence what is missing.
    ///
    /// # Errors
    /// The first thing that is missing, and how to mend it.
    pub(super) async fn of(call: Call, folder: &Path, session: &mut Session) -> Result<Self, Failure> {
        let kind = kind::of(&call);
        refuse_unsaid_migration(&call)?;
        let place = Place::find(folder)?;
        let added = surrounding_files::read(Some(&place.root), folder, session)?;
        session.take_over(&added);
        if let Some(project) = &place.settings.project {
            session.default_project(project.as_str());
        }
        let found = place.stack(&call, folder)?;
        let (client, project) = session.project().await?;
        let caller = client.caller().await.map_err(with_login)?;
        let variable = session.surroundings.variables.get("LOCKKEEPER_ENVIRONMENT");
        let variable = variable
            .and_then(|value| value.to_str())
            .filter(|value| !value.is_empty());
        let named = call
            .options
            .environment
            .clone()
            .or_else(|| variable.map(str::to_owned));
        let wanted = named.or_else(|| added.get("LOCKKEEPER_ENVIRONMENT").cloned());
        let environment = environment(&client, &project, &found, wanted).await?;
        let folder = match found.folder.as_os_str().is_empty() {
            true => place
                .root
                .join(found.stack.folder.replace("{environment}", &environment.name)),
            false => found.folder,
        };
        let declared = check_folder(&call, kind, &folder, session)?;
        let shared = call.options.shared;
        let unlocked = call.flag_value("lock") == Some("false") && kind == Kind::Locks;
        let effective = if unlocked { Kind::Reads } else { kind };
        let protects = environment.states_protected;
        let environment = environment.name;
        // Whoever may read may propose; what else is needed depends on whether that becomes of the command.
        rights::check(
            &caller,
            &project,
            &environment,
            shared,
            effective.min(Kind::Reads),
        )?;
        let address = StateAddress {
            project: project.clone(),
            environment: environment.clone(),
            stack: found.stack.name.to_string(),
            user: None,
        };
        let state = match shared {
            true => ChosenState::shared(&client, address, protects).await?,
            false => ChosenState::personal(&client, address, &caller.user.name).await?,
        };
        if !proposal::stands_for(&call, effective, &state) {
            rights::check(&caller, &project, &environment, shared, effective)?;
        }
        let (shell, working_folder) = (
            session.surroundings.variables.clone(),
            session.surroundings.working_folder.clone(),
        );
        let program = tool::program(shell.get("LOCKKEEPER_TF_TOOL"), place.settings.tool);
        tool::check(
            &program,
            &folder,
            &child::environment(&shell, &added, None),
            &declared,
        )
        .await?;
        Ok(Self {
            call,
            kind: effective,
            root: place.root,
            folder,
            stack: found.stack,
            environment,
            client,
            user: caller.user.name,
            state,
            program,
            working_folder,
            declared,
            added,
            shell,
            started: None,
        })
    }

    /// The environment of the shell.
    pub(super) fn shell(&self) -> &BTreeMap<String, OsString> {
        &self.shell
    }

    /// The arguments that the tool takes for this command from the shell's environment.
    pub(super) fn shell_arguments(&self) -> Vec<OsString> {
        let of_command = format!("TF_CLI_ARGS_{}", self.call.command);
        ["TF_CLI_ARGS", of_command.as_str()]
            .iter()
            .filter_map(|name| self.shell.get(*name)?.to_str())
            .flat_map(|text| text.split_whitespace().map(OsString::from))
            .collect()
    }

    /// Refuses what would write the state without its lock: the objects would be altered, and what was made could not be
    /// stored.
    ///
    /// # Errors
    /// As said.
    pub(super) fn refuse_unlocked(&self) -> Result<(), Failure> {
        let of_shell = self.shell_arguments();
        let mut parts = self.call.parts().into_iter().chain(arguments::parts(&of_shell));
        let unlocked = parts
            .any(|part| matches!(part, Part::Flag { name: "lock", value: Some(value) } if value == "false"));
        if self.kind < Kind::Writes || !unlocked {
            return Ok(());
        }
        let detail = format!(
            "a state is written under its lock only, so what {} makes with -lock=false could not be stored",
            self.call.command
        );
        Err(
            Failure::new(Exit::Refused, "without-lock", "Not without the lock", detail)
                .with_hint("leave -lock=false out; `-lock-timeout=5m` waits for whoever holds the lock"),
        )
    }

    /// Refuses to break another lock than the one that is named: Terraform sends no identifier, and would break any.
    ///
    /// # Errors
    /// As said.
    pub(super) fn refuse_other_lock(&self) -> Result<(), Failure> {
        let named = self.call.parts().into_iter().find_map(|part| match part {
            Part::Word(word) => word.to_str(),
            Part::Flag { .. } => None,
        });
        match (self.call.command.as_str(), named, self.state.lock()) {
            ("force-unlock", Some(named), Some(held)) if held.id != named => {
                let detail = format!(
                    "{named} is not the lock of {}: that is {}, held by {} since {}",
                    self.state.words(),
                    held.id,
                    held.who,
                    held.since
                );
                Err(
                    Failure::new(Exit::Refused, "another-lock", "It is another lock", detail)
                        .with_hint("make sure that its holder is gone, and name that lock"),
                )
            }
            _ => Ok(()),
        }
    }

    /// Refuses a lock of somebody else, for commands that do not wait for it and do not break it.
    ///
    /// # Errors
    /// As said.
    pub(super) fn refuse_locked(&self) -> Result<(), Failure> {
        if self.call.command == "force-unlock" || self.call.flag_value("lock-timeout").is_some() {
            return Ok(());
        }
        self.state.refuse_locked(self.kind)
    }

    /// Says which state is used, and makes what the child needs: a token of its own, the variables of the
    /// stack, and a backend where the stack has none. [`Prepared::finish`] takes it back.
    ///
    /// # Errors
    /// When the server gives no token, or a file cannot be written.
    pub(super) async fn start(&mut self, session: &mut Session) -> Result<(), Failure> {
        session.console.note(&escape::line(&self.state.line()))?;
        let label = format!(
            "lockkeeper tf {} ({}/{})",
            self.call.command, self.environment, self.stack.name
        );
        let label = label.chars().take(100).collect();
        let token = NewToken {
            user: None,
            label,
            expires_in_days: 1,
            state: Some(self.state.of_token()),
        };
        let created = self.client.create_token(&token, &new_key()?).await?;
        let access = StateAccess {
            address: self.client.backend_address(&self.state.path())?,
            user: &self.user,
            password: &created.secret,
        };
        let environment = child::environment(&self.shell, &self.added, Some(&access));
        // From here on the token is taken back, whatever fails.
        let started = self.started.insert(Started {
            token: created.token.id,
            environment,
            variables: None,
            _override_file: None,
        });
        if kind::takes_variables(&self.call.command)
            && self.call.plan_file().is_none_or(|_| self.call.command != "apply")
        {
            started.variables = child::variables(&self.stack, &self.environment)?;
        }
        if !self.declared.own_backend {
            started._override_file = Some(OverrideFile::hold(&self.folder)?);
        }
        Ok(())
    }

    /// The command, with further arguments before the person's own.
    ///
    /// # Errors
    /// When it was not started.
    pub(super) fn command(&self, further: &[OsString]) -> Result<Command, Failure> {
        let not_started = || {
            Failure::new(
                Exit::Failure,
                "internal",
                "Nothing was started",
                "the command was not prepared",
            )
        };
        let started = self.started.as_ref().ok_or_else(not_started)?;
        let mut arguments = self.call.before.clone();
        let here = self.call.changed_folder().map_or_else(
            || self.working_folder.clone(),
            |named| self.working_folder.join(named),
        );
        if here.canonicalize().ok() != self.folder.canonicalize().ok() {
            let mut change = OsString::from("-chdir=");
            change.push(&self.folder);
            arguments.push(change);
        }
        arguments.push(self.call.command.clone().into());
        if let Some(file) = &started.variables {
            let mut argument = OsString::from("-var-file=");
            argument.push(file.path());
            arguments.push(argument);
        }
        arguments.extend(further.iter().cloned());
        arguments.extend(self.call.after.iter().cloned());
        let mut command = Command::new(&self.program, &self.working_folder).arguments(arguments);
        command.environment.clone_from(&started.environment);
        command.time_limit = std::time::Duration::from_secs(24 * 3600);
        Ok(command)
    }

    /// Takes the token back. A server that is gone by now is no failure of the command: the token ends with the day.
    pub(super) async fn finish(&mut self) {
        if let Some(started) = self.started.take() {
            self.client.revoke_token(&started.token).await.ok();
        }
    }
}

fn with_login(error: ClientError) -> Failure {
    let unknown = error.status() == Some(401);
    let failure = Failure::from(error);
    match unknown {
        true => failure.with_hint("log in: lockkeeper login --address ADDRESS; a token of the shell is not sent to an address that only a .env file names"),
        false => failure,
    }
}

fn with_project(error: ClientError, project: &str) -> Failure {
    let unknown = error.status() == Some(404);
    let failure = Failure::from(error);
    match unknown {
        true => failure.with_hint(format!(
            "make it: lockkeeper project create {project} --repository PATH_OR_ADDRESS, then lockkeeper --project {project} environment create NAME --tier TIER; \
             or correct `project` in .lockkeeper/project.toml"
        )),
        false => failure,
    }
}

/// The environment: the one that the folder names, the one that is asked for, or the lowest.
async fn environment(
    client: &Client,
    project: &str,
    found: &StackFolder,
    wanted: Option<String>,
) -> Result<EnvironmentView, Failure> {
    let mut all = collect(usize::MAX, async |page| client.environments(project, &page).await)
        .await
        .map_err(|error| with_project(error, project))?
        .items;
    if let (Some(folder), Some(wanted)) = (&found.environment, &wanted)
        && folder != wanted
    {
        return Err(Failure::usage(format!(
            "this is the folder of {folder}, and {wanted} was asked for"
        ))
        .with_hint(format!(
            "go to the folder of {wanted}, or name the stack: --stack {} --environment {wanted}",
            found.stack.name
        )));
    }
    let wanted = found.environment.clone().or(wanted);
    let Some(wanted) = wanted else {
        return all.into_iter().min_by_key(tier).ok_or_else(|| {
            Failure::new(
                Exit::NotFound,
                "no-environment",
                "There is no environment",
                format!("{project} has no environment yet"),
            )
            .with_hint("lockkeeper environment create development --tier development")
        });
    };
    if let Some(position) = all.iter().position(|environment| environment.name == wanted) {
        return Ok(all.swap_remove(position));
    }
    let names: Vec<String> = all.into_iter().map(|environment| environment.name).collect();
    let known = if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    };
    let detail = format!("{project} has no environment `{wanted}`; it has {known}");
    Err(Failure::new(
        Exit::NotFound,
        "no-environment",
        "There is no such environment",
        detail,
    )
    .with_hint(format!(
        "name one of these; an administrator makes another: lockkeeper environment create {wanted} --tier TIER"
    )))
}

fn tier(environment: &EnvironmentView) -> usize {
    let name = crate::output::words::wire(&environment.tier);
    crate::cli::TIERS
        .iter()
        .position(|tier| *tier == name)
        .unwrap_or(usize::MAX)
}

/// Bringing a state over is meant for one of two, and the wrong one is hard to notice.
fn refuse_unsaid_migration(call: &Call) -> Result<(), Failure> {
    if !kind::migrates(call) || call.options.shared || call.options.personal {
        return Ok(());
    }
    Err(Failure::usage(
        "init would bring the state of another backend over, and it was not said into which state",
    )
    .with_hint(format!(
        "{MIGRATE} brings it into the one that everybody shares; with --personal it goes into your own"
    )))
}

/// Looks at the folder: its configuration, its backend, what `init` left, and the files that are named.
fn check_folder(call: &Call, kind: Kind, folder: &Path, session: &Session) -> Result<Declarations, Failure> {
    let unreadable = |error: EngineError| {
        Failure::new(
            Exit::Failure,
            "folder",
            "The folder cannot be read",
            error.to_string(),
        )
    };
    let declared = Declarations::read(folder).map_err(unreadable)?;
    if declared.files == 0 {
        let detail = format!("no *.tf files stand in {}", folder.display());
        return Err(Failure::new(
            Exit::NotFound,
            "no-configuration",
            "There is no configuration",
            detail,
        )
        .with_hint("write the stack, or correct its folder in .lockkeeper/project.toml"));
    }
    if let Some((file, what)) = &declared.foreign_backend {
        let detail = format!("{file} declares {what}, so the state would not be in Lockkeeper");
        return Err(
            Failure::new(Exit::Refused, "backend", "The state is kept elsewhere", detail).with_hint(format!(
                "write backend \"http\" {{}} in its place, then bring the state over: {MIGRATE}"
            )),
        );
    }
    for file in call.variable_files() {
        if !folder.join(&file).is_file() {
            return Err(Failure::usage(format!(
                "the file {} that -var-file names is not there",
                file.display()
            ))
            .with_hint(format!("Terraform looks for it from {}", folder.display())));
        }
    }
    if kind::needs_initialized(&call.command, kind) {
        initialized::check(
            folder,
            session.surroundings.variables.get("TF_DATA_DIR"),
            &call.options,
        )?;
    }
    Ok(declared)
}
