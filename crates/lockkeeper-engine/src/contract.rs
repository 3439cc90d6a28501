//! What every engine can do.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use lockkeeper_domain::check::CheckResult;
use lockkeeper_domain::effect::Effect;
use lockkeeper_domain::secret::Secret;
use serde_json::Value;
use tokio::sync::watch;

/// Makes plans and carries them out. The plan that was approved is what `apply` gets, byte for byte;
/// it has no choice left to make.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Runs the checks that the engine computes, and plans.
    ///
    /// # Errors
    /// [`EngineError`] when the tool is missing, refuses the configuration, fails or is cancelled.
    async fn plan(
        &self,
        workspace: &Workspace,
        target: &Target,
        run: &mut RunControl<'_>,
    ) -> Result<Planned, EngineError>;

    /// Carries out a saved plan in a fresh checkout of the commit that it was made from.
    ///
    /// # Errors
    /// [`EngineError`] when the tool fails or is cancelled; some effects may then have happened.
    async fn apply(
        &self,
        plan_file: &PlanFile,
        workspace: &Workspace,
        target: &Target,
        run: &mut RunControl<'_>,
    ) -> Result<Applied, EngineError>;

    /// A state that the tool could not store and left behind in the workspace. Looked for after a run
    /// that was cancelled, stopped or interrupted by a crash; [`EngineError::Failed`] names it by itself.
    fn stranded_state(&self, workspace: &Workspace) -> Option<PathBuf> {
        let _ = workspace;
        None
    }
}

/// Where a run works: a clean checkout of the commit in a directory of its own.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The directory of the run, mode 0700. The engine may write anything here.
    pub directory: PathBuf,
    /// The checkout, below `directory`.
    pub checkout: PathBuf,
    /// The stack's folder from the root of the checkout. Hostile: it may be a symbolic link.
    pub folder: String,
}

/// What a run works on.
#[derive(Debug, Clone)]
pub struct Target {
    /// The variables of the stack, as JSON values.
    pub variables: BTreeMap<String, Value>,
    /// Where the state lives, and the run's own credentials for it.
    pub state: StateAccess,
    /// The key under which sensitive values are fingerprinted, so that equal effects can be told
    /// without keeping the values.
    pub fingerprint_key: [u8; 32],
    /// After this the run is stopped.
    pub time_limit: Duration,
}

/// The address of a state in the Terraform `http` backend, and credentials that the child gets by
/// environment variable only.
#[derive(Debug, Clone)]
pub struct StateAccess {
    /// The address for GET, POST, LOCK and UNLOCK.
    pub address: String,
    /// The user of HTTP basic authentication.
    pub username: String,
    /// The password: a token that is good for this run and this state only.
    pub password: Secret,
}

/// What the engine tells while it works, and how it is told to stop.
pub struct RunControl<'a> {
    /// Receives every line of output, secrets masked already.
    pub log: &'a mut dyn RunLog,
    /// Turns true when the run is to stop: first politely, then, after a grace, by force.
    pub cancelled: watch::Receiver<bool>,
}

/// Takes the masked output of a run.
#[async_trait]
pub trait RunLog: Send {
    /// Appends text that ends with a newline.
    ///
    /// # Errors
    /// When the text cannot be kept; the run goes on without its log.
    async fn append(&mut self, text: &str) -> std::io::Result<()>;
}

/// The saved plan of the tool. Holds secrets, so it prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PlanFile(pub Vec<u8>);

impl std::fmt::Debug for PlanFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PlanFile([redacted], {} bytes)", self.0.len())
    }
}

/// A plan that was made.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What applying it does; sensitive values are redacted. Data sources and untouched objects are
    /// left out, moved and imported ones are not.
    pub effects: Vec<Effect>,
    /// The plan as the tool tells it, for policies and prices; sensitive values are taken out.
    pub document: Value,
    /// The saved plan, to be applied as it is.
    pub plan_file: PlanFile,
    /// The checks that the engine computes: `fmt`, `validate`.
    pub checks: Vec<CheckResult>,
    /// The tool and its version: `Terraform 1.11.4`.
    pub tool: String,
}

/// A plan that was carried out.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The outputs of the stack after the apply, sensitive ones left out.
    pub outputs: BTreeMap<String, Value>,
}

/// Why an engine could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The tool is not installed, or too old.
    #[error("{0}")]
    Tool(String),
    /// The folder is not a stack, or the configuration is refused by the tool.
    #[error("{0}")]
    Configuration(String),
    /// The state is locked by somebody else. Holds the holder's words.
    #[error("the state is locked: {0}")]
    StateLocked(String),
    /// The tool ended with an exit code other than the expected one.
    #[error("{step} ended with exit code {exit_code}: {message}")]
    Failed {
        /// Which step of the run: `terraform apply`.
        step: String,
        /// The exit code of the tool.
        exit_code: i32,
        /// The tool's error in short, secrets masked.
        message: String,
        /// A state that the tool could not store and left behind, if any.
        stranded_state: Option<PathBuf>,
    },
    /// The run was cancelled by a person.
    #[error("cancelled during {step}")]
    Cancelled {
        /// Which step of the run.
        step: String,
    },
    /// The run went over its time limit.
    #[error("stopped after {limit_seconds} s, the time limit of runs, during {step}")]
    TimedOut {
        /// Which step of the run.
        step: String,
        /// The limit in seconds.
        limit_seconds: u64,
    },
    /// The tool's output cannot be read.
    #[error("cannot read the output of {step}: {why}")]
    Unreadable {
        /// Which step of the run.
        step: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file of the run cannot be read or written.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
}
