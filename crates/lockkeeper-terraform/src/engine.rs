//! The engine itself.

use std::path::PathBuf;

use async_trait::async_trait;
use lockkeeper_engine::contract::{
    Applied, Engine, EngineError, PlanFile, Planned, RunControl, Target, Workspace,
};
use lockkeeper_engine::environment;
use lockkeeper_engine::process::{Command, never_cancelled, until_cancelled};
use tokio::sync::Mutex;

use crate::session::{self, Session, Step};
use crate::settings::TerraformSettings;
use crate::version::ToolVersion;
use crate::{backend, diagnostics, files, stack_folder};

/// Plans and applies Terraform stacks, with Terraform or OpenTofu.
#[derive(Debug)]
pub struct TerraformEngine {
    pub(crate) settings: TerraformSettings,
    /// Two `init` at the same time would write into the plugin cache together, which the tools do not
    /// support.
    plugin_cache: Mutex<()>,
}

impl TerraformEngine {
    /// An engine; nothing is started or looked for until it is used.
    pub fn new(settings: TerraformSettings) -> Self {
        Self {
            settings,
            plugin_cache: Mutex::new(()),
        }
    }

    /// Which tool it is and which version it has.
    ///
    /// # Errors
    /// [`EngineError::Tool`] when it is missing, too old, or another program.
    pub async fn version(&self) -> Result<ToolVersion, EngineError> {
        let tool = &self.settings.tool;
        files::make_directory(&self.settings.data_directory)?;
        let mut command =
            Command::new(self.settings.program(), &self.settings.data_directory).arguments(["version"]);
        let variables = [
            ("PATH", environment::search_path()),
            ("CHECKPOINT_DISABLE", "1".to_owned()),
        ];
        command.environment = variables
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into();
        command
            .environment
            .insert("TF_CLI_CONFIG_FILE".to_owned(), "/dev/null".into());
        let captured = command
            .capture(64 * 1024, never_cancelled())
            .await
            .map_err(session::refused)?;
        ToolVersion::read(tool, &captured.stdout)
    }

    /// `init`, which every step after it needs.
    pub(crate) async fn initialize(
        &self,
        session: &Session<'_>,
        control: &mut RunControl<'_>,
    ) -> Result<(), EngineError> {
        let step = format!("{} init", session.tool_name());
        let mut cancelled = control.cancelled.clone();
        let _alone = tokio::select! {
            alone = self.plugin_cache.lock() => alone,
            () = until_cancelled(&mut cancelled) => return Err(EngineError::Cancelled { step }),
            () = tokio::time::sleep_until(session.deadline()) => return Err(session.timed_out(&step)),
        };
        let Step {
            exit_code,
            last_lines,
        } = session
            .run(["init", "-input=false", "-no-color"], control)
            .await?;
        if exit_code == 0 {
            return backend::verify(&session.data_directory());
        }
        // An error with a place is the configuration's; one without is the network's or the state's.
        let errors = diagnostics::in_lines(&last_lines);
        let placed: Vec<_> = errors.into_iter().filter(|error| error.place.is_some()).collect();
        if placed.is_empty() {
            return Err(session.failed("init", exit_code, &last_lines));
        }
        Err(EngineError::Configuration(diagnostics::message(&placed)))
    }
}

#[async_trait]
impl Engine for TerraformEngine {
    async fn plan(
        &self,
        workspace: &Workspace,
        target: &Target,
        run: &mut RunControl<'_>,
    ) -> Result<Planned, EngineError> {
        self.make_plan(workspace, target, run).await
    }

    async fn apply(
        &self,
        plan_file: &PlanFile,
        workspace: &Workspace,
        target: &Target,
        run: &mut RunControl<'_>,
    ) -> Result<Applied, EngineError> {
        self.carry_out(plan_file, workspace, target, run).await
    }

    fn stranded_state(&self, workspace: &Workspace) -> Option<PathBuf> {
        session::stranded_state(&stack_folder::locate(workspace).ok()?)
    }
}
