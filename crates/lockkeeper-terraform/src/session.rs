//! One run of the tool on one stack: its folders, its environment, and what is left of its time.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lockkeeper_domain::secret::Secret;
use lockkeeper_engine::contract::{EngineError, RunControl, StateAccess, Target, Workspace};
use lockkeeper_engine::environment;
use lockkeeper_engine::mask::Mask;
use lockkeeper_engine::process::{Captured, Command, End, ProcessError};
use tokio::time::Instant;

use crate::diagnostics;
use crate::files;
use crate::settings::TerraformSettings;
use crate::version::ToolVersion;
use crate::{backend, cli_configuration, stack_folder};

/// One run of the tool on one stack.
pub(crate) struct Session<'a> {
    pub(crate) settings: &'a TerraformSettings,
    /// The stack's folder in the checkout.
    pub(crate) stack: PathBuf,
    /// The stack's folder from the root of the repository.
    pub(crate) folder: &'a str,
    /// The directory of the run, which holds the record of the child.
    run_directory: PathBuf,
    /// The engine's own folder in it.
    scratch: PathBuf,
    environment: BTreeMap<String, OsString>,
    mask: Mask,
    time_limit: Duration,
    deadline: Instant,
}

/// How a step ended that wrote into the log.
pub(crate) struct Step {
    /// Its exit code.
    pub(crate) exit_code: i32,
    /// The last lines that it wrote, masked.
    pub(crate) last_lines: Vec<String>,
}

impl<'a> Session<'a> {
    /// Prepares the stack and everything that the tool needs.
    pub(crate) fn begin(
        settings: &'a TerraformSettings,
        workspace: &'a Workspace,
        target: &Target,
    ) -> Result<Self, EngineError> {
        let deadline = Instant::now() + target.time_limit;
        let stack = stack_folder::locate(workspace)?;
        backend::take_over(&stack)?;
        // The tool works in the stack's folder, so that relative paths would mean something else to it.
        let run_directory = workspace.directory.canonicalize();
        let run_directory = run_directory.map_err(files::io(format!(
            "cannot open {}",
            workspace.directory.display()
        )))?;
        let scratch = run_directory.join("terraform");
        let environment = own_environment(settings, &scratch, &target.state)?;
        let secrets: Vec<Secret> = settings
            .secrets()
            .chain([target.state.password.clone()])
            .collect();
        Ok(Self {
            settings,
            stack,
            folder: &workspace.folder,
            run_directory,
            scratch,
            environment,
            mask: Mask::new(&secrets),
            time_limit: target.time_limit,
            deadline,
        })
    }

    /// A file of the run, outside of the checkout.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.scratch.join(name)
    }

    /// What stands in `.terraform` elsewhere.
    pub(crate) fn data_directory(&self) -> PathBuf {
        self.scratch.join("data")
    }

    /// Which tool it is; refuses one that is too old.
    pub(crate) async fn version(&self, control: &mut RunControl<'_>) -> Result<ToolVersion, EngineError> {
        let answer = self.ask(["version"], 64 * 1024, control).await?;
        ToolVersion::read(&self.settings.tool, &answer.stdout)
    }

    /// Runs a step whose output goes into the log.
    pub(crate) async fn run<A: AsRef<OsStr>, const N: usize>(
        &self,
        arguments: [A; N],
        control: &mut RunControl<'_>,
    ) -> Result<Step, EngineError> {
        let (command, step) = self.command(&arguments)?;
        log(control, &format!("--- {step}")).await;
        let finished = command
            .run(&step, &self.run_directory, control)
            .await
            .map_err(refused)?;
        let exit_code = self.exit_code(finished.end, &step)?;
        Ok(Step {
            exit_code,
            last_lines: finished.last_lines,
        })
    }

    /// Runs a step whose output a program reads. Any exit code is an answer.
    pub(crate) async fn ask<A: AsRef<OsStr>, const N: usize>(
        &self,
        arguments: [A; N],
        limit: usize,
        control: &mut RunControl<'_>,
    ) -> Result<Captured, EngineError> {
        let (command, step) = self.command(&arguments)?;
        let captured = command
            .capture(limit, control.cancelled.clone())
            .await
            .map_err(refused)?;
        self.exit_code(captured.end, &step)?;
        Ok(captured)
    }

    /// The error that a step's unexpected exit code is.
    pub(crate) fn failed(&self, step: &str, exit_code: i32, lines: &[String]) -> EngineError {
        if let Some(holder) = diagnostics::lock_holder(lines) {
            return EngineError::StateLocked(holder);
        }
        let errors = diagnostics::in_lines(lines);
        let message = if errors.is_empty() {
            last_words(exit_code, lines)
        } else {
            diagnostics::message(&errors)
        };
        EngineError::Failed {
            step: format!("{} {step}", self.tool_name()),
            exit_code,
            message,
            stranded_state: stranded_state(&self.stack),
        }
    }

    /// Gives the steps that follow a minute at least: what is read after an apply must not be lost
    /// because the apply took all of its time.
    pub(crate) fn extend(&mut self) {
        self.deadline = self.deadline.max(Instant::now() + Duration::from_secs(60));
    }

    /// For whoever waits for something else than a step.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(crate) fn timed_out(&self, step: &str) -> EngineError {
        EngineError::TimedOut {
            step: step.to_owned(),
            limit_seconds: self.time_limit.as_secs(),
        }
    }

    /// `terraform` or `tofu`, without the path.
    pub(crate) fn tool_name(&self) -> String {
        let tool = Path::new(&self.settings.tool);
        tool.file_name().map_or_else(
            || self.settings.tool.clone(),
            |name| name.to_string_lossy().into_owned(),
        )
    }

    fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<(Command, String), EngineError> {
        let subcommand = arguments
            .first()
            .map(|name| name.as_ref().to_string_lossy().into_owned())
            .unwrap_or_default();
        let step = format!("{} {subcommand}", self.tool_name());
        let time_limit = self.deadline.saturating_duration_since(Instant::now());
        if time_limit.is_zero() {
            return Err(self.timed_out(&step));
        }
        let mut command =
            Command::new(self.settings.program(), &self.stack).arguments(arguments.iter().map(AsRef::as_ref));
        command.environment = self.environment.clone();
        command.mask = self.mask.clone();
        command.time_limit = time_limit;
        command.interrupt_grace = self.settings.interrupt_grace;
        Ok((command, step))
    }

    fn exit_code(&self, end: End, step: &str) -> Result<i32, EngineError> {
        let killed = format!("{step} (killed: its state may be behind, and its lock may be left)");
        match end {
            End::Exited(code) => Ok(code),
            End::Cancelled { killed: false } => Err(EngineError::Cancelled {
                step: step.to_owned(),
            }),
            End::Cancelled { killed: true } => Err(EngineError::Cancelled { step: killed }),
            End::TimedOut { killed: false } => Err(self.timed_out(step)),
            End::TimedOut { killed: true } => Err(self.timed_out(&killed)),
        }
    }
}

/// A state that the tool could not store, which it then leaves in the stack's folder.
pub(crate) fn stranded_state(stack: &Path) -> Option<PathBuf> {
    let path = stack.join("errored.tfstate");
    path.is_file().then_some(path)
}

/// A line of Lockkeeper's own in the log; a run goes on without its log.
pub(crate) async fn log(control: &mut RunControl<'_>, line: &str) {
    if let Err(error) = control.log.append(&format!("{line}\n")).await {
        tracing::error!(%error, "the log of a run cannot be kept");
    }
}

pub(crate) fn refused(error: ProcessError) -> EngineError {
    match error {
        ProcessError::MissingProgram { .. } => EngineError::Tool(error.to_string()),
        ProcessError::TooMuchOutput { ref program, .. } => EngineError::Unreadable {
            step: program.clone(),
            why: error.to_string(),
        },
        ProcessError::Io { what, source } => EngineError::Io { what, source },
    }
}

/// The message of a tool that ended without saying what is wrong.
fn last_words(exit_code: i32, lines: &[String]) -> String {
    if exit_code > 128 {
        let signal = exit_code - 128;
        let hint = if signal == 9 {
            ", perhaps because memory ran out"
        } else {
            ""
        };
        return format!("it was ended by signal {signal}{hint}");
    }
    let last = lines.iter().rev().find(|line| !line.trim().is_empty());
    last.map_or_else(
        || "it printed nothing".to_owned(),
        |line| diagnostics::shorten(line.trim()),
    )
}

/// Everything that the tool sees of the world.
fn own_environment(
    settings: &TerraformSettings,
    scratch: &Path,
    state: &StateAccess,
) -> Result<BTreeMap<String, OsString>, EngineError> {
    let (home, temporary) = (scratch.join("home"), scratch.join("tmp"));
    files::make_directory(&home)?;
    files::make_directory(&temporary)?;
    let fixed: [(&str, OsString); 22] = [
        ("PATH", environment::search_path().into()),
        ("HOME", home.into()),
        ("TMPDIR", temporary.into()),
        ("CHECKPOINT_DISABLE", "1".into()),
        ("TF_CLI_CONFIG_FILE", cli_configuration::write(settings)?.into()),
        ("TF_DATA_DIR", scratch.join("data").into()),
        ("TF_IN_AUTOMATION", "1".into()),
        ("TF_INPUT", "0".into()),
        // The lock file of a stack without one lives in the plan file; see lock_file.rs.
        ("TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE", "1".into()),
        ("TF_HTTP_ADDRESS", state.address.clone().into()),
        ("TF_HTTP_LOCK_ADDRESS", state.address.clone().into()),
        ("TF_HTTP_UNLOCK_ADDRESS", state.address.clone().into()),
        ("TF_HTTP_LOCK_METHOD", "LOCK".into()),
        ("TF_HTTP_UNLOCK_METHOD", "UNLOCK".into()),
        ("TF_HTTP_UPDATE_METHOD", "POST".into()),
        ("TF_HTTP_USERNAME", state.username.clone().into()),
        ("TF_HTTP_PASSWORD", state.password.expose().into()),
        // About a minute and a half: enough for a new start of the server in the middle of an apply.
        ("TF_HTTP_RETRY_MAX", "8".into()),
        ("TF_HTTP_RETRY_WAIT_MIN", "1".into()),
        ("TF_HTTP_RETRY_WAIT_MAX", "20".into()),
        // Modules are fetched by git.
        ("GIT_TERMINAL_PROMPT", "0".into()),
        ("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh".into()),
    ];
    let passed = settings
        .passed()
        .map(|(name, value)| (name.clone(), OsString::from(value)));
    Ok(passed
        .chain(fixed.map(|(name, value)| (name.to_owned(), value)))
        .collect())
}
