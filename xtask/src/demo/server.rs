//! The server of the demonstration, stopped when dropped.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::DemoError;

const START_LIMIT: Duration = Duration::from_secs(20);
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// A running `lockkeeper serve`.
pub(super) struct Server {
    child: Child,
    /// The address.
    pub(super) address: String,
    /// The administrator's token.
    pub(super) token: String,
}

impl Server {
    /// Starts the server on a free port, with its data below `folder`, and waits until it answers.
    #[allow(
        clippy::disallowed_methods,
        reason = "a task of the project starts the program itself"
    )]
    pub(super) fn start(program: &Path, folder: &Path, tool: &str) -> Result<Self, DemoError> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let (data, log) = (folder.join("data"), folder.join("server.log"));
        let child = Command::new(program)
            .arg("serve")
            .arg("--data")
            .arg(&data)
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .env("LOCKKEEPER_TERRAFORM_TOOL", tool)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log)?)
            .spawn()?;
        let mut server = Self {
            child,
            address: format!("http://127.0.0.1:{port}"),
            token: String::new(),
        };
        server.token = server.wait(port, &data.join("bootstrap-token"), &log)?;
        Ok(server)
    }

    fn wait(&mut self, port: u16, token: &Path, log: &PathBuf) -> Result<String, DemoError> {
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline && self.child.try_wait()?.is_none() {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
                && let Ok(text) = std::fs::read_to_string(token)
                && !text.trim().is_empty()
            {
                return Ok(text.trim().to_owned());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let lines = BufReader::new(std::fs::File::open(log)?)
            .lines()
            .map_while(Result::ok);
        let said: Vec<String> = lines.collect();
        Err(DemoError::Story(format!(
            "the server did not start:\n{}",
            said.join("\n")
        )))
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
