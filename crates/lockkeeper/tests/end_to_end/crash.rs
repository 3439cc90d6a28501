//! The server is killed in the middle.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::world::{PROJECT, STACK, World};

/// A stack that takes its time, and leaves a line each time it is applied.
pub fn slow(mark: &Path, seconds: u32) -> String {
    format!(
        "{STACK}\nresource \"terraform_data\" \"slow\" {{\n  provisioner \"local-exec\" {{\n    command = \"echo applied >> '{}'; sleep {seconds}\"\n  }}\n}}\n",
        mark.display()
    )
}

/// Proposes a stack that takes its time, and begins to apply it; answers the change and the run.
pub fn slow_apply(world: &World, mark: &Path) -> (String, String) {
    let propose = [
        "change", "propose", "--stack", "network", "--ref", "main", "--title", "slow", "--json",
    ];
    let key = world.run("alice", &propose).code(0).json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    world.run("alice", &["change", "approve", &key]).code(0);
    let apply = ["change", "apply", &key, "--environment", "staging", "--json"];
    let run = world.run("alice", &apply).code(0).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !mark.exists() {
        assert!(Instant::now() < deadline, "the apply did not begin");
        std::thread::sleep(Duration::from_millis(50));
    }
    (key, run)
}

#[test]
fn a_run_whose_server_was_killed_is_interrupted_and_nothing_is_applied_twice() {
    let marks = tempfile::tempdir().unwrap();
    let mark = marks.path().join("mark");
    let mut world = World::with(PROJECT, &slow(&mark, 5));
    let (key, run) = slow_apply(&world, &mark);
    world.kill();
    world.start_again();

    let stage = world.wait_for(&key, "staging", "interrupted");
    assert!(
        stage["next_step"]
            .as_str()
            .unwrap()
            .contains("lockkeeper change plan"),
        "{stage:#}"
    );
    let shown = world.run("alice", &["run", "show", &run]).code(0);
    assert!(
        shown.out.contains("interrupted") && shown.out.contains("the server stopped"),
        "{shown:?}"
    );
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(
        std::fs::read_to_string(&mark).unwrap().lines().count(),
        1,
        "it was applied twice"
    );

    // The lock and the state are as Terraform left them: it was told to stop, stored its state and unlocked.
    let states = world.run("alice", &["state", "list", "--json"]).code(0).json();
    let staging = states["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|state| state["environment"] == "staging")
        .unwrap()
        .clone();
    assert!(staging.get("lock").is_none(), "{states:#}");
    assert!(staging["serial"].as_i64().is_some(), "{states:#}");
    let verified = world.run("alice", &["audit", "verify", "--json"]).code(0).json();
    assert_eq!(verified["intact"], true);
    world.run("alice", &["change", "plan", &key]).code(0);
    world.wait_for(&key, "staging", "planned");
}

#[test]
fn a_state_that_terraform_could_not_store_is_stored_when_the_server_is_back() {
    let marks = tempfile::tempdir().unwrap();
    let mark = marks.path().join("mark");
    let mut world = World::with(PROJECT, &slow(&mark, 3));
    let (key, _) = slow_apply(&world, &mark);
    world.kill();
    // Terraform goes on, and gives up at once: it asks again only where nobody answers.
    let refusing = Refusing::at(&world.address());
    let runs = world.data().join("runs");
    let is_left = |path: &PathBuf| path.ends_with("errored.tfstate");
    wait_until(|| files_below(&runs).iter().any(is_left));
    refusing.stop();
    world.start_again();

    let stage = world.wait_for(&key, "staging", "interrupted");
    let message = stage["message"].as_str().unwrap();
    assert!(message.contains("Lockkeeper stored it afterwards"), "{stage:#}");
    wait_until(|| !files_below(&runs).iter().any(is_left));
    let found = world
        .run("alice", &["state", "find", "terraform_data.slow"])
        .code(0);
    assert!(found.out.contains("staging"), "{found:?}");
    let shown = world
        .run("alice", &["state", "show", "staging", "network"])
        .code(0);
    assert!(!shown.out.contains("locked by"), "{shown:?}");
    // What was made is known: a new plan makes nothing once more.
    world.run("alice", &["change", "plan", &key]).code(0);
    let planned = world.wait_for(&key, "staging", "planned");
    assert_eq!(
        planned["plan"]["summary"], "0 to add, 0 to change, 0 to destroy",
        "{planned:#}"
    );
}

/// What answers in the server's place, as a proxy does, and takes nothing.
struct Refusing {
    address: String,
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Refusing {
    fn at(address: &str) -> Self {
        let address = address.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind(&address).unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let over = over.clone();
            move || {
                for stream in listener.incoming() {
                    if over.load(Ordering::SeqCst) {
                        return;
                    }
                    let mut stream = stream.unwrap();
                    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
                    // All of the request: one that is cut off is sent again.
                    while matches!(stream.read(&mut [0; 4096]), Ok(1..)) {}
                    stream
                        .write_all(
                            b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                        )
                        .unwrap();
                }
            }
        });
        Self {
            address,
            over,
            thread,
        }
    }

    fn stop(self) {
        self.over.store(true, Ordering::SeqCst);
        TcpStream::connect(&self.address).unwrap();
        self.thread.join().unwrap();
    }
}

fn wait_until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(90);
    while !is_so() {
        assert!(Instant::now() < deadline, "it takes too long");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files.extend(files_below(&entry.path())),
            _ => files.push(entry.path()),
        }
    }
    files
}

#[test]
fn a_run_can_be_cancelled_in_the_middle() {
    let marks = tempfile::tempdir().unwrap();
    let mark = marks.path().join("mark");
    let world = World::with(PROJECT, &slow(&mark, 60));
    let (key, run) = slow_apply(&world, &mark);
    let begun = Instant::now();
    world.run("erin", &["run", "cancel", &run]).code(4);
    world.run("dave", &["run", "cancel", &run]).code(0);
    let stage = world.wait_for(&key, "staging", "apply-failed");
    assert!(
        begun.elapsed() < Duration::from_secs(50),
        "the sleep was waited for"
    );
    assert!(
        stage["message"].as_str().unwrap().contains("cancelled"),
        "{stage:#}"
    );
    let shown = world
        .run("alice", &["run", "show", &run, "--json"])
        .code(0)
        .json();
    assert_eq!(shown["status"], "cancelled");
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let world = World::new();
    let data = world.data();
    let second = world
        .run(
            "admin",
            &[
                "serve",
                "--data",
                data.to_str().unwrap(),
                "--listen",
                "127.0.0.1:0",
            ],
        )
        .code(5);
    assert!(second.error.contains("another server uses"), "{second:?}");
}
