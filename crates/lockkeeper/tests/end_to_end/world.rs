//! A server, a repository, an environment each for staging and production, and people.
#![allow(clippy::disallowed_methods, reason = "tests start the programs themselves")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use lockkeeper_testkit::postgres::{Postgres, free_port};
use lockkeeper_testkit::repository::{Repository, program};
use serde_json::Value;

/// The stack of most tests: one object, and an output.
pub const STACK: &str = r#"
variable "release" {
  type    = string
  default = "1"
}

resource "terraform_data" "settings" {
  input = "one"
}

output "settings" {
  value = terraform_data.settings.output
}
"#;

/// What the repository says about itself in most tests.
pub const PROJECT: &str = r#"
[stacks.network]
folder = "environments/{environment}/network"
owner = "platform"
rollback = "Apply the revision before."
"#;

/// Everything that a story needs.
pub struct World {
    pub repository: Repository,
    pub folder: tempfile::TempDir,
    servers: Vec<Server>,
    /// Whose turn it is: commands go to one server after the other, as a load balancer sends them.
    turn: AtomicUsize,
    /// The database of several servers.
    pub postgres: Option<Postgres>,
    tokens: HashMap<String, String>,
    variables: Vec<(String, String)>,
    /// The size of the data folder's own disk in MiB, if it has one.
    disk: Option<u32>,
}

/// One server: a process, and what it is started with.
struct Server {
    process: Child,
    port: u16,
    /// The data folder, in the world's.
    data: &'static str,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub error: String,
}

impl Ended {
    /// What was printed on standard output, as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails unless the command ended so.
    #[track_caller]
    pub fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, expected, "{self:?}");
        self
    }
}

impl World {
    /// The usual world: the stack `network` in staging and production.
    pub fn new() -> Self {
        Self::with(PROJECT, STACK)
    }

    /// A world with another configuration and another stack.
    pub fn with(project: &str, stack: &str) -> Self {
        Self::started(project, stack, &[], None)
    }

    /// A world whose data folder is a small disk of its own.
    pub fn on_disk_of(megabytes: u32) -> Self {
        Self::started(PROJECT, STACK, &[], Some(megabytes))
    }

    /// A world of two servers on one PostgreSQL, behind one address as it were.
    pub fn on_two_servers(project: &str, stack: &str) -> Self {
        Self::on_two_servers_with(project, stack, &[])
    }

    /// As [`World::on_two_servers`], with further settings.
    pub fn on_two_servers_with(project: &str, stack: &str, variables: &[(&str, &str)]) -> Self {
        let postgres = Postgres::start();
        let url = postgres.url();
        let own = [
            ("LOCKKEEPER_DATABASE", url.as_str()),
            ("LOCKKEEPER_RUNS_LEASE_SECONDS", "3"),
        ];
        let mut world = Self::started(project, stack, &[&own, variables].concat(), None);
        world.postgres = Some(postgres);
        world.share("data-2");
        world.add_server("data-2");
        world
    }

    /// Gives another data folder the same root key and the same blobs.
    fn share(&self, data: &str) {
        let (first, second) = (self.folder.path().join("data"), self.folder.path().join(data));
        std::fs::create_dir(&second).unwrap();
        std::fs::copy(first.join("key"), second.join("key")).unwrap();
        std::os::unix::fs::symlink(first.join("blobs"), second.join("blobs")).unwrap();
    }

    fn add_server(&mut self, data: &'static str) {
        let port = free_port();
        let process = serve(self.folder.path(), data, port, &self.variables, self.disk);
        self.servers.push(Server { process, port, data });
        self.wait_until_ready(self.servers.len() - 1);
    }

    /// A world whose server has further settings.
    pub fn started(project: &str, stack: &str, variables: &[(&str, &str)], disk: Option<u32>) -> Self {
        program(
            "terraform",
            "see https://developer.hashicorp.com/terraform/install",
        );
        let repository = Repository::with_files(&[
            (".lockkeeper/project.toml", project),
            ("environments/staging/network/main.tf", stack),
            ("environments/production/network/main.tf", stack),
        ]);
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let variables: Vec<(String, String)> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let process = serve(folder.path(), "data", port, &variables, disk);
        let mut world = Self {
            repository,
            folder,
            servers: vec![Server {
                process,
                port,
                data: "data",
            }],
            turn: AtomicUsize::new(0),
            postgres: None,
            tokens: HashMap::new(),
            variables,
            disk,
        };
        world.wait_until_ready(0);
        let token = std::fs::read_to_string(world.data().join("bootstrap-token")).unwrap();
        world.tokens.insert("admin".to_owned(), token.trim().to_owned());
        world.people();
        world
    }

    fn people(&mut self) {
        let path = self.repository.path().to_str().unwrap().to_owned();
        self.run("admin", &["project", "create", "shop", "--repository", &path])
            .code(0);
        self.run(
            "admin",
            &["environment", "create", "staging", "--tier", "staging"],
        )
        .code(0);
        self.run(
            "admin",
            &[
                "environment",
                "create",
                "production",
                "--tier",
                "production",
                "--promotes-from",
                "staging",
            ],
        )
        .code(0);
        self.add("alice", &["author"]);
        self.add("bob", &["reviewer", "--function", "devops-lead"]);
        self.add("carol", &["reviewer", "--function", "security"]);
        self.add("dave", &["operator"]);
        self.add("erin", &["viewer"]);
    }

    /// Adds a user with one role and a token.
    pub fn add(&mut self, name: &str, role: &[&str]) {
        self.run("admin", &["user", "create", name]).code(0);
        self.run("admin", &[&["member", "grant", name], role].concat())
            .code(0);
        let file = self.folder.path().join(format!("{name}.token"));
        let path = file.to_str().unwrap();
        self.run(
            "admin",
            &[
                "token",
                "create",
                "--user",
                name,
                "--label",
                "test",
                "--output-file",
                path,
            ],
        )
        .code(0);
        self.tokens.insert(
            name.to_owned(),
            std::fs::read_to_string(file).unwrap().trim().to_owned(),
        );
    }

    /// Types a command as somebody.
    pub fn run(&self, who: &str, arguments: &[&str]) -> Ended {
        ended(self.command(who, arguments).output().unwrap())
    }

    /// Types a command as somebody and goes on while it runs.
    pub fn begin(&self, who: &str, arguments: &[&str]) -> Child {
        self.command(who, arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn command(&self, who: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lockkeeper"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LOCKKEEPER_ADDRESS", self.next_address())
            .env(
                "LOCKKEEPER_TOKEN",
                self.tokens.get(who).map_or("", String::as_str),
            )
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Proposes the files as a change of the stack on a branch of their own, and waits for the plans.
    pub fn propose(&self, branch: &str, files: &[(&str, &str)]) -> Value {
        self.repository.branch(branch);
        self.repository.commit(files, branch);
        let arguments = [
            "change", "propose", "--stack", "network", "--ref", branch, "--title", branch, "--json",
        ];
        // A plan that fails makes the command fail, too; what the stage says is for the test to look at.
        let ended = self.run("alice", &arguments);
        self.repository.git(&["checkout", "-q", "main"]);
        ended.json()
    }

    /// Proposes the stack with the text replaced, in both environments.
    pub fn propose_edit(&self, branch: &str, from: &str, to: &str) -> Value {
        let text = STACK.replace(from, to);
        assert_ne!(text, STACK);
        self.propose(
            branch,
            &[
                ("environments/staging/network/main.tf", &text),
                ("environments/production/network/main.tf", &text),
            ],
        )
    }

    /// Makes the first revision real in both environments, so that there is something to alter.
    pub fn establish(&self) {
        let arguments = [
            "change", "propose", "--stack", "network", "--ref", "main", "--title", "first", "--json",
        ];
        let key = self.run("alice", &arguments).code(0).json()["key"]
            .as_str()
            .unwrap()
            .to_owned();
        self.run("alice", &["change", "approve", &key]).code(0);
        for environment in ["staging", "production"] {
            self.apply(&key, environment).code(0);
        }
    }

    /// Applies as the author, and follows to the end.
    pub fn apply(&self, key: &str, environment: &str) -> Ended {
        self.run(
            "alice",
            &["change", "apply", key, "--environment", environment, "--follow"],
        )
    }

    /// A change as JSON.
    pub fn change(&self, key: &str) -> Value {
        self.run("alice", &["change", "show", key, "--json"])
            .code(0)
            .json()
    }

    /// One stage of a change.
    pub fn stage(&self, key: &str, environment: &str) -> Value {
        let change = self.change(key);
        let stages = change["stages"].as_array().unwrap();
        stages
            .iter()
            .find(|stage| stage["environment"] == environment)
            .unwrap()
            .clone()
    }

    /// Waits until the stage has the status.
    pub fn wait_for(&self, key: &str, environment: &str, status: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let stage = self.stage(key, environment);
            if stage["status"] == status {
                return stage;
            }
            assert!(
                Instant::now() < deadline,
                "{key} in {environment} is not {status}: {stage:#}"
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The address of the server, or of the first one.
    pub fn address(&self) -> String {
        self.address_of(0)
    }

    /// The address of one of several servers.
    pub fn address_of(&self, server: usize) -> String {
        format!("http://127.0.0.1:{}", self.servers[server].port)
    }

    fn next_address(&self) -> String {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let alive: Vec<usize> = (0..self.servers.len())
            .filter(|server| std::net::TcpStream::connect(("127.0.0.1", self.servers[*server].port)).is_ok())
            .collect();
        match alive.as_slice() {
            [] => self.address(),
            alive => self.address_of(alive[turn % alive.len()]),
        }
    }

    /// Types a command as somebody, to one of several servers.
    pub fn run_at(&self, server: usize, who: &str, arguments: &[&str]) -> Ended {
        let mut command = self.command(who, arguments);
        command.env("LOCKKEEPER_ADDRESS", self.address_of(server));
        ended(command.output().unwrap())
    }

    /// Types a command as somebody, to one of several servers, and goes on while it runs.
    pub fn begin_at(&self, server: usize, who: &str, arguments: &[&str]) -> Child {
        self.command(who, arguments)
            .env("LOCKKEEPER_ADDRESS", self.address_of(server))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Which of several servers carries out the run.
    pub fn carrier(&self, run: &str) -> usize {
        let has = |server: &Server| {
            self.folder
                .path()
                .join(server.data)
                .join("runs")
                .join(run)
                .exists()
        };
        self.servers
            .iter()
            .position(has)
            .expect("a server works on the run")
    }

    /// Somebody's token.
    pub fn token(&self, who: &str) -> &str {
        &self.tokens[who]
    }

    /// The server's data folder, as the server sees it.
    pub fn data(&self) -> PathBuf {
        let folder = self.folder.path().join("data");
        match self.disk {
            None => folder,
            Some(_) => Path::new("/proc")
                .join(self.servers[0].process.id().to_string())
                .join("root")
                .join(folder.strip_prefix("/").unwrap()),
        }
    }

    /// Types a command on the machine of the server, which works on its data and by its settings.
    pub fn run_beside(&self, arguments: &[&str]) -> Ended {
        let mut command = self.command("admin", arguments);
        command
            .arg("--data")
            .arg(self.data())
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        ended(command.output().unwrap())
    }

    /// Kills the server with SIGKILL, as a power cut would.
    pub fn kill(&mut self) {
        self.kill_one(0);
    }

    /// Kills one of several servers.
    pub fn kill_one(&mut self, server: usize) {
        let process = &mut self.servers[server].process;
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Stops the server in good order.
    pub fn stop(&mut self) {
        self.stop_one(0);
    }

    /// Stops one of several servers in good order.
    pub fn stop_one(&mut self, server: usize) {
        let process = &mut self.servers[server].process;
        Command::new("kill")
            .arg(process.id().to_string())
            .status()
            .unwrap();
        process.wait().unwrap();
    }

    /// Starts the server again on the same data and the same port.
    pub fn start_again(&mut self) {
        self.start_one_again(0);
    }

    /// Starts one of several servers again.
    pub fn start_one_again(&mut self, server: usize) {
        let Server { port, data, .. } = self.servers[server];
        self.servers[server].process = serve(self.folder.path(), data, port, &self.variables, self.disk);
        self.wait_until_ready(server);
    }

    fn log_of(&self, server: usize) -> String {
        std::fs::read_to_string(log_file(self.folder.path(), self.servers[server].data)).unwrap()
    }

    fn wait_until_ready(&mut self, server: usize) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(("127.0.0.1", self.servers[server].port)).is_err()
            || !self.log_of(server).contains("is ready")
        {
            let gone = self.servers[server].process.try_wait().unwrap();
            assert!(
                gone.is_none() && Instant::now() < deadline,
                "the server did not start: {}",
                self.log_of(server)
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for server in 0..self.servers.len() {
            if std::thread::panicking() {
                eprintln!("the log of server {server}:\n{}", self.log_of(server));
            }
            self.servers[server].process.kill().ok();
            self.servers[server].process.wait().ok();
        }
    }
}

/// Where that server's log is.
pub fn log_file(folder: &Path, data: &str) -> PathBuf {
    match data {
        "data" => folder.join("server.log"),
        other => folder.join(format!("server-of-{other}.log")),
    }
}

/// Starts a server on a data folder, which is made if it is not there.
pub fn serve(
    folder: &Path,
    data: &str,
    port: u16,
    variables: &[(String, String)],
    disk: Option<u32>,
) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(log_file(folder, data))
        .unwrap();
    // "is ready" of an earlier start must not count for this one.
    log.set_len(0).unwrap();
    let mut command = match disk {
        None => Command::new(env!("CARGO_BIN_EXE_lockkeeper")),
        Some(megabytes) => on_own_disk(folder, megabytes),
    };
    command
        .args(["serve", "--data", data, "--listen", &format!("127.0.0.1:{port}")])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        // A leftover as on many machines: it must not reach Terraform.
        .env("TF_CLI_CONFIG_FILE", "/nowhere/terraformrc")
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Starts the server in a mount namespace of its own, in which the data folder is a disk in memory.
fn on_own_disk(folder: &Path, megabytes: u32) -> Command {
    std::fs::create_dir_all(folder.join("data")).unwrap();
    let script = "mount -t tmpfs -o mode=0700,size=$1m none data && shift && exec \"$@\"";
    let mut command = Command::new("unshare");
    command
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(megabytes.to_string())
        .arg(env!("CARGO_BIN_EXE_lockkeeper"));
    command
}

/// How a program ended.
pub fn ended(output: Output) -> Ended {
    Ended {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        error: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
