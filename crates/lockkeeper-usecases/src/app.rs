//! What every use case works with.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lockkeeper_domain::id::{ProjectId, RunId, StateId};
use lockkeeper_domain::state_retention::Retention;
use lockkeeper_engine::contract::Engine;
use lockkeeper_git::{GitError, Mirror};
use lockkeeper_store::blobs::Blobs;
use lockkeeper_store::key::{Purpose, ServerKey};
use lockkeeper_store::tables::audit;
use lockkeeper_store::tables::projects::ProjectRow;
use lockkeeper_store::tables::state_inventories::Inventories;
use lockkeeper_store::{Database, Transaction};
use serde_json::Value;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::UseCaseError;
use crate::backups::BackupSettings;
use crate::clock::Clock;
use crate::idempotency::Answering;
use crate::servers::Servers;
use crate::signals::Signals;
use crate::whole_states::WholeStates;

/// The database, the blobs, the engine and everything else that use cases share.
pub struct App {
    /// The database.
    pub database: Database,
    /// Big things.
    pub blobs: Blobs,
    /// The server's key.
    pub key: ServerKey,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes plans and carries them out.
    pub engine: Arc<dyn Engine>,
    /// Settings.
    pub settings: Settings,
    /// What wakes whom.
    pub signals: Signals,
    /// Who this server is, and what it knows of the others.
    pub servers: Servers,
    pub(crate) answering: Answering,
    mirrors: Mutex<HashMap<ProjectId, Arc<Mirror>>>,
    looked_at: Mutex<HashMap<ProjectId, Instant>>,
    http: reqwest::Client,
    /// Turns of all that holds a whole state in memory.
    pub whole_states: WholeStates,
    /// Turns of big bodies.
    pub(crate) big_bodies: Arc<Semaphore>,
}

/// Big states that may come in at once: each takes some megabytes and two threads. Others wait.
const BIG_BODIES: usize = 8;

/// Settings that use cases need.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder of everything that the server keeps.
    pub data: PathBuf,
    /// The address at which children of this server reach its state service, without a slash at its end.
    pub own_address: String,
    /// After this a run is stopped.
    pub run_time_limit: Duration,
    /// The largest state taken, in bytes.
    pub max_state_bytes: usize,
    /// How backups are made; none when this server has no place for them.
    pub backups: Option<BackupSettings>,
    /// How long versions of states stay.
    pub retention: Retention,
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When the client for HTTP probes cannot be made, or the data folder cannot be used.
    pub fn new(
        database: Database,
        blobs: Blobs,
        key: ServerKey,
        clock: Arc<dyn Clock>,
        engine: Arc<dyn Engine>,
        settings: Settings,
    ) -> Result<Self, UseCaseError> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(10))
            .user_agent("lockkeeper-verification")
            .build()
            .map_err(|error| UseCaseError::internal(format!("the HTTP client cannot be made: {error}")))?;
        let (mirrors, looked_at) = (Mutex::default(), Mutex::default());
        let servers = Servers::open(&settings.data)?;
        Ok(Self {
            database,
            blobs,
            key,
            clock,
            engine,
            settings,
            signals: Signals::default(),
            servers,
            answering: Answering::default(),
            mirrors,
            looked_at,
            http,
            whole_states: WholeStates::default(),
            big_bodies: Arc::new(Semaphore::new(BIG_BODIES)),
        })
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The mirror of a project's repository.
    ///
    /// # Errors
    /// When the repository's address cannot be used.
    pub fn mirror(&self, project: &ProjectRow) -> Result<Arc<Mirror>, GitError> {
        let mut mirrors = self.mirrors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mirror) = mirrors.get(&*project.id) {
            return Ok(mirror.clone());
        }
        let folder = self
            .settings
            .data
            .join("repositories")
            .join(format!("{}.git", *project.id));
        let mirror = Arc::new(Mirror::open(folder, &project.repository)?);
        mirrors.insert(*project.id, mirror.clone());
        Ok(mirror)
    }

    /// Whether the project's repository was looked at within the time; if not, it counts as looked at from
    /// now on, so that of many who ask one goes.
    pub(crate) fn looked_at_recently(&self, project: ProjectId, within: Duration) -> bool {
        let mut looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        let recently = looked_at.get(&project).is_some_and(|at| at.elapsed() < within);
        if !recently {
            looked_at.insert(project, Instant::now());
        }
        recently
    }

    /// The folder of a run.
    pub fn run_folder(&self, run: RunId) -> PathBuf {
        self.settings.data.join("runs").join(run.to_string())
    }

    /// What makes and reads the inventories of states.
    pub(crate) fn inventories(&self) -> Inventories {
        Inventories::new(&self.key)
    }

    /// The key under which sensitive values in plans are fingerprinted.
    pub fn fingerprint_key(&self) -> [u8; 32] {
        *self.key.derive(Purpose::Fingerprints)
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Appends to the audit log, in the transaction of what is recorded.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn record(
        &self,
        transaction: &mut Transaction,
        chain: Chain,
        actor: &str,
        action: &str,
        subject: &str,
        details: Value,
    ) -> Result<(), UseCaseError> {
        let entry = self.entry(chain, actor, action, subject, details);
        Ok(audit::append(transaction, &self.key, entry).await?)
    }

    /// What is to be recorded.
    pub(crate) fn entry<'a>(
        &self,
        chain: Chain,
        actor: &'a str,
        action: &'a str,
        subject: &'a str,
        details: Value,
    ) -> audit::NewEntry<'a> {
        audit::NewEntry {
            chain: chain.stored(),
            at: self.now(),
            actor,
            action,
            subject,
            details,
        }
    }
}

/// Which chain of which audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chain {
    /// That of a project.
    Project(ProjectId),
    /// That of a state, in the log of its project. Whoever writes to it has taken the state.
    State(ProjectId, StateId),
    /// The server's own: users, tokens, projects.
    Server,
}

impl Chain {
    pub(crate) fn stored(self) -> audit::Chain {
        match self {
            Chain::Project(project) => audit::Chain::root(project.uuid()),
            Chain::State(project, state) => audit::Chain {
                log: project.uuid(),
                id: state.uuid(),
            },
            Chain::Server => audit::Chain::root(Uuid::nil()),
        }
    }
}
