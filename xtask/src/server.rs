//! The real server of a task, stopped when dropped.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const START_LIMIT: Duration = Duration::from_secs(20);
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The program cannot be started, or its log cannot be written.
    #[error("the server cannot be started: {0}")]
    Io(#[from] std::io::Error),
    /// It ended, or took too long.
    #[error("the server did not start:\n{0}")]
    NotStarted(String),
}

/// A running `lockkeeper serve`.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    /// The address.
    pub address: String,
    /// The administrator's token.
    pub token: String,
}

impl Server {
    /// Starts the server on a free port, with its data in `folder`/data and its log in
    /// `folder`/server.log, and waits until it listens and has written the administrator's token.
    ///
    /// # Errors
    /// [`ServerError`], with the log, when it does not start within 20 s.
    pub fn start(program: &Path, folder: &Path, tool: &str) -> Result<Self, ServerError> {
        Self::start_on(program, folder, tool, None)
    }

    /// As [`Server::start`], on the database of this address; on a file in `folder`/data when there is none.
    ///
    /// # Errors
    /// As [`Server::start`].
    #[allow(
        clippy::disallowed_methods,
        reason = "a task of the project starts the program itself"
    )]
    pub fn start_on(
        program: &Path,
        folder: &Path,
        tool: &str,
        database: Option<&str>,
    ) -> Result<Self, ServerError> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let (data, log) = (folder.join("data"), folder.join("server.log"));
        let child = Command::new(program)
            .arg("serve")
            .arg("--data")
            .arg(&data)
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .env("LOCKKEEPER_TERRAFORM_TOOL", tool)
            .envs(database.map(|address| ("LOCKKEEPER_DATABASE", address)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log)?)
            .spawn()?;
        let mut server = Self {
            child,
            port,
            address: format!("http://127.0.0.1:{port}"),
            token: String::new(),
        };
        server.token = server.wait(&data.join("bootstrap-token"), &log)?;
        Ok(server)
    }

    /// The process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    fn wait(&mut self, token: &Path, log: &Path) -> Result<String, ServerError> {
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline && self.child.try_wait()?.is_none() {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok()
                && let Ok(text) = std::fs::read_to_string(token)
                && text.ends_with('\n')
            {
                return Ok(text.trim().to_owned());
            }
            // Short, because the benchmark measures how long a start takes.
            std::thread::sleep(Duration::from_millis(1));
        }
        let said = std::fs::read(log)?;
        Err(ServerError::NotStarted(
            String::from_utf8_lossy(&said).into_owned(),
        ))
    }
}

impl Drop for Server {
    #[allow(
        clippy::disallowed_methods,
        reason = "a task of the project starts the program itself"
    )]
    fn drop(&mut self) {
        // SIGTERM lets it stop in good order; the standard library knows only SIGKILL.
        Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .ok();
        let deadline = Instant::now() + STOP_LIMIT;
        while Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The path of the program that was just built with a profile: `debug` or `release`.
pub fn built_program(workspace: &Path, profile: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    target.join(profile).join("lockkeeper")
}
