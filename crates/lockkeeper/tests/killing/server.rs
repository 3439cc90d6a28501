//! A server that can be killed, paused and started again.
#![allow(clippy::disallowed_methods, reason = "tests start the programs themselves")]

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lockkeeper_testkit::disk::Disk;
use lockkeeper_testkit::postgres::free_port;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const START_LIMIT: Duration = Duration::from_secs(30);

/// One server with its data folder, running or not.
pub struct Server {
    pub address: SocketAddr,
    folder: PathBuf,
    variables: Vec<(String, String)>,
    disk: Option<Disk>,
    child: Option<Child>,
}

impl Server {
    /// A server that is not started yet. Its data is in `folder`/data, its log in `folder`/server.log.
    pub fn new(folder: &Path, variables: &[(&str, &str)]) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, free_port())),
            folder: folder.to_owned(),
            variables: variables.iter().map(own).collect(),
            disk: None,
            child: None,
        }
    }

    /// Gives its data folder a disk of its own.
    pub fn on_disk_of(mut self, megabytes: u64) -> Self {
        let data = self.data();
        std::fs::create_dir_all(&data).unwrap();
        self.disk = Some(Disk::mount(&data, megabytes));
        self
    }

    /// Starts it, and does not wait until it is ready.
    fn start(&mut self) {
        let log = std::fs::File::create(self.folder.join("server.log.new")).unwrap();
        // "is ready" of an earlier start must not count for this one; the earlier logs are kept for people.
        self.keep_log();
        std::fs::rename(self.folder.join("server.log.new"), self.log_file()).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_lockkeeper"));
        let mut command = match &self.disk {
            None => Command::new(program),
            Some(disk) => disk.command(program, &self.folder),
        };
        command
            .args(["serve", "--data", "data", "--listen", &self.address.to_string()])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        self.child = Some(command.spawn().unwrap());
    }

    /// Waits until it answers.
    pub fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + START_LIMIT;
        while !self.log().contains("is ready") {
            let gone = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(
                gone.is_none() && Instant::now() < deadline,
                "the server did not start: {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts it if it is not running.
    pub fn ensure_started(&mut self) {
        let ended = |child: &mut Child| child.try_wait().unwrap().is_some();
        if self.child.as_mut().is_none_or(ended) {
            self.start();
        }
    }

    /// Starts it if it is not running, and waits until it answers.
    pub fn ensure_ready(&mut self) {
        self.ensure_started();
        self.wait_until_ready();
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Stops its clockwork with SIGSTOP: it holds what it holds, and does nothing.
    pub fn pause(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) {
        let process = i32::try_from(self.child.as_ref().unwrap().id()).unwrap();
        kill(Pid::from_raw(process), signal).unwrap();
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Its data folder's own disk.
    pub fn disk(&self) -> &Disk {
        self.disk.as_ref().unwrap()
    }

    /// What this start wrote into the log.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.log_file()).unwrap_or_default()).into_owned()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    fn keep_log(&self) {
        let mut kept = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("earlier.log"))
            .unwrap();
        std::io::Write::write_all(&mut kept, self.log().as_bytes()).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the log of the server at {}:\n{}", self.address, self.log());
        }
        self.kill();
    }
}
