//! A PostgreSQL server of one's own, in a temporary folder, stopped when dropped.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, geteuid};

/// A running server.
#[derive(Debug)]
pub struct Postgres {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
    is_encrypted: bool,
}

/// A certificate and its key, as files in the PEM format.
#[derive(Debug, Clone, Copy)]
pub struct Certificate<'a> {
    /// The certificate.
    pub certificate: &'a Path,
    /// The key.
    pub key: &'a Path,
}

impl Postgres {
    /// Whether PostgreSQL's server programs are on this machine.
    pub fn is_installed() -> bool {
        find_binaries().is_some()
    }

    /// One of PostgreSQL's programs: `psql`, `pgbench`.
    ///
    /// # Panics
    /// When PostgreSQL is not installed.
    pub fn program(name: &str) -> PathBuf {
        binaries().join(name)
    }

    /// Starts a server on a free port of the loopback address.
    ///
    /// # Panics
    /// When PostgreSQL is not installed, or does not start.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// Starts a server that lets nobody in without TLS, and shows that certificate.
    ///
    /// # Panics
    /// As [`Postgres::start`], and when the certificate cannot be read.
    pub fn start_encrypted(certificate: Certificate<'_>) -> Self {
        Self::start_with(Some(certificate))
    }

    fn start_with(certificate: Option<Certificate<'_>>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("permissions");
        let cluster = folder.path().join("cluster");
        std::fs::create_dir(&cluster).expect("the cluster's folder");
        if let Some(owner) = owner() {
            chown(&cluster, Some(owner.uid.as_raw()), Some(owner.gid.as_raw())).expect("chown");
        }
        let made = command("initdb", &cluster)
            .args(["-U", "postgres", "-A", "trust", "--no-sync", "-D"])
            .arg(&cluster)
            .status();
        assert!(made.is_ok_and(|status| status.success()), "initdb failed");
        if let Some(certificate) = certificate {
            encrypt(&cluster, certificate);
        }
        let (port, is_encrypted) = (free_port(), certificate.is_some());
        let child = spawn(&cluster, port, is_encrypted);
        let server = Self {
            child,
            port,
            folder,
            is_encrypted,
        };
        server.wait_until_ready();
        server
    }

    /// Kills the server and all its processes at once, as a power cut would.
    pub fn kill(&mut self) {
        // SIGQUIT is PostgreSQL's immediate shutdown: no process is left that still holds the shared memory.
        let _ = kill(Pid::from_raw(self.child.id() as i32), Signal::SIGQUIT);
        let _ = self.child.wait();
    }

    /// Stops the clockwork of the server and all its processes: connections stay open, and nothing answers.
    pub fn pause(&self) {
        self.signal_all(Signal::SIGSTOP);
    }

    /// Lets the server go on after [`Postgres::pause`].
    pub fn resume(&self) {
        self.signal_all(Signal::SIGCONT);
    }

    fn signal_all(&self, signal: Signal) {
        let server = self.child.id() as i32;
        let list = format!("/proc/{server}/task/{server}/children");
        let children = std::fs::read_to_string(list).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|child| child.parse().ok());
        for process in std::iter::once(server).chain(children) {
            let _ = kill(Pid::from_raw(process), signal);
        }
    }

    /// Starts the server again after [`Postgres::kill`], on the same data and the same port.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        self.child = spawn(&self.folder.path().join("cluster"), self.port, self.is_encrypted);
        self.wait_until_ready();
    }

    /// Makes an empty database, and answers its address.
    ///
    /// # Panics
    /// When the name is taken.
    pub fn database(&self, name: &str) -> String {
        let port = self.port.to_string();
        let made = Command::new(binaries().join("createdb"))
            .args(["-h", "127.0.0.1", "-p", &port, "-U", "postgres", name])
            .status();
        assert!(made.is_ok_and(|status| status.success()), "createdb failed");
        format!(
            "postgres://postgres@127.0.0.1:{}/{name}?sslmode=disable",
            self.port
        )
    }

    /// The address of the database `postgres`.
    pub fn url(&self) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable",
            self.port
        )
    }

    /// The port on the loopback address.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder that the server lives in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn wait_until_ready(&self) {
        let binaries = binaries();
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            let port = self.port.to_string();
            let ready = Command::new(binaries.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &port])
                .status()
                .is_ok_and(|status| status.success());
            if ready {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("PostgreSQL did not start within 30 s");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown.
        let _ = kill(Pid::from_raw(self.child.id() as i32), Signal::SIGINT);
        let _ = self.child.wait();
    }
}

/// The user who owns the cluster when the tests run as root, which PostgreSQL refuses to.
fn owner() -> Option<User> {
    geteuid().is_root().then(|| {
        let user = User::from_name("postgres").ok().flatten();
        user.unwrap_or_else(|| {
            panic!(
                "PostgreSQL does not run as root, and there is no user `postgres`: apt-get install postgresql"
            )
        })
    })
}

fn command(program: &str, cluster: &Path) -> Command {
    let mut command = Command::new(binaries().join(program));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir(cluster);
    if let Some(owner) = owner() {
        command.uid(owner.uid.as_raw()).gid(owner.gid.as_raw());
    }
    command
}

/// Puts the certificate where PostgreSQL looks for it, for its own user only, and refuses connections without TLS.
fn encrypt(cluster: &Path, certificate: Certificate<'_>) {
    for (name, file) in [
        ("server.crt", certificate.certificate),
        ("server.key", certificate.key),
    ] {
        let place = cluster.join(name);
        std::fs::copy(file, &place).expect("the certificate");
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o600)).expect("permissions");
        if let Some(owner) = owner() {
            chown(&place, Some(owner.uid.as_raw()), Some(owner.gid.as_raw())).expect("chown");
        }
    }
    let rules = "hostssl all all 127.0.0.1/32 trust\n";
    std::fs::write(cluster.join("pg_hba.conf"), rules).expect("the rules");
}

fn spawn(cluster: &Path, port: u16, is_encrypted: bool) -> Child {
    let ssl = if is_encrypted { "ssl=on" } else { "ssl=off" };
    command("postgres", cluster)
        .args([
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "max_connections=200",
            "-c",
            ssl,
        ])
        .args(["-p", &port.to_string(), "-D"])
        .arg(cluster)
        .spawn()
        .expect("postgres starts")
}

/// A port that was free a moment ago. It is below those that the system gives to clients: one of them could
/// take the port of a server that was stopped for a while, or be connected to itself.
pub fn free_port() -> u16 {
    loop {
        let chance = RandomState::new().hash_one(());
        let port = 10_000 + u16::try_from(chance % 22_000).expect("a small number");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

fn binaries() -> PathBuf {
    find_binaries()
        .unwrap_or_else(|| panic!("PostgreSQL's server programs are missing: apt-get install postgresql"))
}

/// The folder of PostgreSQL's server programs: the newest that Debian installed, or that of PATH.
fn find_binaries() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut versions: Vec<PathBuf> = debian
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort();
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    versions
        .pop()
        .or_else(|| on_path.into_iter().find(|folder| folder.join("initdb").exists()))
}
