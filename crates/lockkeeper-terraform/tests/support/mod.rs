//! A stack in a checkout, and a state on a backend that speaks Terraform's `http` protocol.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use lockkeeper_domain::secret::Secret;
use lockkeeper_engine::contract::{
    Applied, Engine, EngineError, PlanFile, Planned, RunControl, RunLog, StateAccess, Target, Workspace,
};
use lockkeeper_engine::fake::MemoryLog;
use lockkeeper_engine::process::never_cancelled;
use lockkeeper_terraform::{TerraformEngine, TerraformSettings};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(crate) const PASSWORD: &str = "correct-horse-battery";

/// What the backend holds and has seen.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) state: Option<Vec<u8>>,
    pub(crate) lock: Option<Vec<u8>>,
    pub(crate) requests: Vec<String>,
    pub(crate) refuses_writes: bool,
}

/// The server's side of the protocol, without any check but the lock.
#[derive(Clone, Default)]
pub(crate) struct Backend(Arc<Mutex<Held>>);

impl Backend {
    pub(crate) fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap()
    }

    async fn serve(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(self.clone().answer(stream));
        }
    }

    async fn answer(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let header = |name: &str| {
            let line = head.lines().find(|line| line.to_lowercase().starts_with(name))?;
            Some(line.split_once(": ")?.1.to_owned())
        };
        let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
        stream.read_exact(&mut body).await.unwrap();
        let (status, answer) = self.decide(head.lines().next().unwrap(), header("authorization"), body);
        let head = format!(
            "HTTP/1.1 {status} -\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            answer.len()
        );
        let _ = stream.write_all(&[head.into_bytes(), answer].concat()).await;
        let _ = stream.shutdown().await;
    }

    fn decide(&self, request: &str, authorization: Option<String>, body: Vec<u8>) -> (u16, Vec<u8>) {
        let mut held = self.held();
        held.requests.push(request.to_owned());
        // `run:correct-horse-battery`
        if authorization.as_deref() != Some("Basic cnVuOmNvcnJlY3QtaG9yc2UtYmF0dGVyeQ==") {
            return (401, Vec::new());
        }
        match (request.split(' ').next().unwrap(), held.lock.clone()) {
            ("LOCK", Some(holder)) => (423, holder),
            ("LOCK", None) => {
                held.lock = Some(body);
                (200, Vec::new())
            }
            ("UNLOCK", _) => {
                held.lock = None;
                (200, Vec::new())
            }
            ("GET", _) => held.state.clone().map_or((404, Vec::new()), |state| (200, state)),
            ("POST", _) if held.refuses_writes => (403, Vec::new()),
            ("POST", _) => {
                held.state = Some(body);
                (200, Vec::new())
            }
            _ => (405, Vec::new()),
        }
    }
}

/// A directory of a run with one stack in it.
pub(crate) struct Fixture {
    pub(crate) directory: TempDir,
    pub(crate) backend: Backend,
    pub(crate) settings: TerraformSettings,
    pub(crate) target: Target,
}

pub(crate) const FOLDER: &str = "environments/staging/app";

impl Fixture {
    /// A stack of one file.
    pub(crate) async fn new(main: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/state", listener.local_addr().unwrap());
        let backend = Backend::default();
        tokio::spawn(backend.clone().serve(listener));
        let mut settings = TerraformSettings::new("terraform", directory.path().join("engine"));
        settings.lock_timeout = Duration::ZERO;
        settings.interrupt_grace = Duration::from_secs(20);
        let target = Target {
            variables: BTreeMap::new(),
            state: StateAccess {
                address,
                username: "run".to_owned(),
                password: Secret::new(PASSWORD),
            },
            fingerprint_key: [7; 32],
            time_limit: Duration::from_secs(60),
        };
        let fixture = Self {
            directory,
            backend,
            settings,
            target,
        };
        fixture.write("main.tf", main);
        fixture
    }

    pub(crate) fn workspace(&self) -> Workspace {
        let directory = self.directory.path().join("run");
        Workspace {
            checkout: directory.join("checkout"),
            directory,
            folder: FOLDER.to_owned(),
        }
    }

    pub(crate) fn stack(&self) -> PathBuf {
        self.workspace().checkout.join(FOLDER)
    }

    /// Writes a file into the stack's folder.
    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.stack().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) async fn plan(&self) -> (Result<Planned, EngineError>, String) {
        let mut log = MemoryLog::default();
        let mut control = RunControl {
            log: &mut log,
            cancelled: never_cancelled(),
        };
        let engine = TerraformEngine::new(self.settings.clone());
        let planned = engine.plan(&self.workspace(), &self.target, &mut control).await;
        (planned, log.text)
    }

    /// Plans, which must work.
    pub(crate) async fn planned(&self) -> Planned {
        let (planned, log) = self.plan().await;
        planned.unwrap_or_else(|error| panic!("{error}\n{log}"))
    }

    pub(crate) async fn apply(&self, plan: &PlanFile) -> (Result<Applied, EngineError>, String) {
        let mut log = MemoryLog::default();
        let applied = self.apply_under(plan, &mut log, never_cancelled()).await;
        (applied, log.text)
    }

    pub(crate) async fn apply_under(
        &self,
        plan: &PlanFile,
        log: &mut dyn RunLog,
        cancelled: watch::Receiver<bool>,
    ) -> Result<Applied, EngineError> {
        let mut control = RunControl { log, cancelled };
        TerraformEngine::new(self.settings.clone())
            .apply(plan, &self.workspace(), &self.target, &mut control)
            .await
    }

    pub(crate) fn variable(&mut self, name: &str, value: impl Into<Value>) {
        self.target.variables.insert(name.to_owned(), value.into());
    }
}

/// Every file below the folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// Cancels once the log holds a text.
pub(crate) struct Cancelling {
    pub(crate) sender: watch::Sender<bool>,
    pub(crate) when: &'static str,
}

#[async_trait::async_trait]
impl RunLog for Cancelling {
    async fn append(&mut self, text: &str) -> std::io::Result<()> {
        if text.contains(self.when) {
            self.sender.send_replace(true);
        }
        Ok(())
    }
}
