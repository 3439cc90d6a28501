//! Keys are replaced under servers at work, and nobody notices.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::clock::FakeClock;
use crate::world::World;

/// After this every server seals with a key that was made (docs/encryption.md), and a little more.
const KNOWN_AFTER: i64 = 6 * 60;
/// Sealing anew begins when the keys are looked at, once a minute.
const PATIENCE: Duration = Duration::from_secs(180);
/// Between two writes of one of them: what is sealed anew has to keep up.
const PAUSE: Duration = Duration::from_millis(300);
/// Who writes at once, each to a state of their own.
const CLIENTS: usize = 4;

#[test]
fn keys_change_under_one_server_on_sqlite() {
    let clocks = tempfile::tempdir().unwrap();
    let clock = FakeClock::new(clocks.path());
    let world = World::started(
        crate::world::PROJECT,
        crate::world::STACK,
        &clock.variables(),
        None,
    );
    keys_change(world, &clock, 1);
}

#[test]
fn keys_change_under_two_servers_on_postgresql() {
    let clocks = tempfile::tempdir().unwrap();
    let clock = FakeClock::new(clocks.path());
    let world = World::on_two_servers_with(crate::world::PROJECT, crate::world::STACK, &clock.variables());
    keys_change(world, &clock, 2);
}

fn keys_change(mut world: World, clock: &FakeClock, servers: usize) {
    let clients: Vec<Client> = (0..CLIENTS)
        .map(|number| Client::new(&world, number, servers))
        .collect();
    let (over, written) = (AtomicBool::new(false), AtomicU64::new(0));
    let newest: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let working: Vec<_> = clients
            .iter()
            .map(|client| scope.spawn(|| client.work(&over, &written)))
            .collect();
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            rotate(&world, 2);
            let too_early = world
                .run_beside(&["key", "change-root", "--to-file", "too-early"])
                .code(1);
            assert!(too_early.error.contains("the data key 2 is new"), "{too_early:?}");
            clock.set(KNOWN_AFTER);
            wait_until_sealed_by(&world, 2);
            change_root(&world, servers);
            let too_early = world.run_beside(&["key", "rotate"]).code(1);
            assert!(
                too_early.error.contains("still runs on the former root key"),
                "{too_early:?}"
            );
            wait_for_writes(&written, 30);
            for server in 0..servers {
                world.stop_one(server);
                world.start_one_again(server);
                if server == 0 {
                    // The first one knows the key, and the second one cannot learn of it before it is started again.
                    wait_for_writes(&written, 30);
                }
            }
            rotate(&world, 3);
            // One seals with the new key at once, and the other reads what it sealed.
            world.stop_one(0);
            world.start_one_again(0);
            wait_for_writes(&written, 30);
        }));
        over.store(true, Ordering::Relaxed);
        let newest = working.into_iter().map(|client| client.join().unwrap()).collect();
        if let Err(panic) = done {
            std::panic::resume_unwind(panic);
        }
        newest
    });
    everything_reads(&world, &clients, &newest, servers);
    for server in 0..servers {
        world.stop_one(server);
        world.start_one_again(server);
    }
    everything_reads(&world, &clients, &newest, servers);
    doctor_tells(&world);
}

fn rotate(world: &World, number: u32) {
    let made = world.run_beside(&["key", "rotate", "--json"]).code(0).json();
    assert_eq!(made["number"], number, "{made:#}");
}

fn wait_until_sealed_by(world: &World, number: u64) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let listed = world.run_beside(&["key", "list", "--json"]).code(0).json();
        let left =
            |key: &&Value| key["number"].as_u64() < Some(number) && (key["values"] != 0 || key["blobs"] != 0);
        if !listed["keys"].as_array().unwrap().iter().any(|key| left(&key)) {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "something is sealed by a former key: {listed:#}"
        );
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Changes the root key under the servers, and gives them the new one for their next start.
fn change_root(world: &World, servers: usize) {
    let file = world.folder.path().join("root-key-2");
    let changed = world
        .run_beside(&[
            "key",
            "change-root",
            "--to-file",
            file.to_str().unwrap(),
            "--json",
        ])
        .code(0)
        .json();
    assert_ne!(changed["fingerprint"], changed["former_fingerprint"]);
    for data in ["data", "data-2"].iter().take(servers) {
        std::fs::copy(&file, world.folder.path().join(data).join("key")).unwrap();
    }
}

fn wait_for_writes(written: &AtomicU64, more: u64) {
    let (from, deadline) = (
        written.load(Ordering::Relaxed),
        Instant::now() + Duration::from_secs(60),
    );
    while written.load(Ordering::Relaxed) < from + more {
        assert!(Instant::now() < deadline, "the clients do not get on");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn everything_reads(world: &World, clients: &[Client], newest: &[Vec<u8>], servers: usize) {
    for server in 0..servers {
        for (client, newest) in clients.iter().zip(newest) {
            let (status, body) =
                send(client.addresses[server], &client.token, "GET", &client.path, b"").unwrap();
            assert_eq!((status, &body), (200, newest), "{}", client.path);
        }
    }
    let verified = world.run("alice", &["audit", "verify", "--json"]).code(0).json();
    assert_eq!(verified["intact"], true);
    for client in clients {
        let stack = client.stack.as_str();
        let versions = world
            .run(
                "dave",
                &["state", "versions", "staging", stack, "--json", "--limit", "1000"],
            )
            .code(0)
            .json();
        let versions = versions["items"].as_array().unwrap();
        assert!(versions.len() > 10, "{}", versions.len());
        for version in versions.iter().step_by(10) {
            let pull = [
                "state",
                "pull",
                "staging",
                stack,
                "--serial",
                version["id"].as_str().unwrap(),
            ];
            let pulled = world.run("dave", &pull).code(0).json();
            assert_eq!(pulled["serial"], version["serial"]);
        }
    }
}

/// `doctor` says what is sealed by what.
fn doctor_tells(world: &World) {
    let told = world.run_beside(&["doctor", "--json"]);
    let told = told.json();
    let grade = |subject: &str| {
        let findings = told["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["subject"] == subject);
        found.map(|finding| finding["grade"].as_str().unwrap().to_owned())
    };
    assert_eq!(grade("audit logs").as_deref(), Some("good"), "{told:#}");
    let mut by_key: HashMap<String, u64> = HashMap::new();
    for table in told["encryption"]["tables"].as_array().unwrap() {
        assert_eq!(table["clear"], 0, "{table:#}");
        for (key, count) in table["by_key"].as_object().unwrap() {
            *by_key.entry(key.clone()).or_default() += count.as_u64().unwrap();
        }
    }
    assert!(by_key["3"] > 0 && !by_key.contains_key("1"), "{by_key:?}");
}

/// Somebody who locks, writes, reads and unlocks a state all the time.
struct Client {
    addresses: Vec<std::net::SocketAddr>,
    token: String,
    stack: String,
    path: String,
    number: usize,
}

impl Client {
    fn new(world: &World, number: usize, servers: usize) -> Self {
        let stack = format!("state-{number}");
        Self {
            addresses: (0..servers)
                .map(|server| {
                    world
                        .address_of(server)
                        .trim_start_matches("http://")
                        .parse()
                        .unwrap()
                })
                .collect(),
            token: world.token("dave").to_owned(),
            path: format!("/api/v1/projects/shop/environments/staging/stacks/{stack}/state"),
            stack,
            number,
        }
    }

    /// Works until it is over, and answers the newest state.
    fn work(&self, over: &AtomicBool, written: &AtomicU64) -> Vec<u8> {
        let lock = json!({"ID": format!("lock-{}", self.number), "Who": "dave@laptop", "Operation": "o"})
            .to_string();
        let mut newest = Vec::new();
        for serial in 1.. {
            if over.load(Ordering::Relaxed) {
                break;
            }
            newest = self.state(serial);
            self.good(serial, "LOCK", "", lock.as_bytes());
            self.good(serial + 1, "POST", &format!("?ID=lock-{}", self.number), &newest);
            assert!(
                self.good(serial, "GET", "", b"") == newest,
                "another state was read than was written"
            );
            self.good(serial + 1, "UNLOCK", "", lock.as_bytes());
            written.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(PAUSE);
        }
        newest
    }

    /// Every fourth state is too big for the database.
    fn state(&self, serial: usize) -> Vec<u8> {
        let lines = if serial.is_multiple_of(4) { 1500 } else { 4 };
        let noise =
            (0..lines).map(|line: usize| blake3::hash(format!("{serial} {line}").as_bytes()).to_string());
        let noise: String = noise.collect();
        json!({"version": 4, "serial": serial, "lineage": self.stack, "resources": [], "noise": noise})
            .to_string()
            .into_bytes()
    }

    /// Sends a request to one of the servers until it is answered; every answer is a good one. What a server that
    /// stops leaves without an answer is sent again, as Terraform does.
    fn good(&self, turn: usize, method: &str, query: &str, body: &[u8]) -> Vec<u8> {
        let (path, deadline) = (
            format!("{}{query}", self.path),
            Instant::now() + Duration::from_secs(30),
        );
        for attempt in turn.. {
            let address = self.addresses[attempt % self.addresses.len()];
            match send(address, &self.token, method, &path, body) {
                Some((200, answer)) => return answer,
                Some((status, answer)) => {
                    panic!("{method} {path}: {status}: {}", String::from_utf8_lossy(&answer))
                }
                None => {
                    assert!(Instant::now() < deadline, "no server answers");
                    std::thread::sleep(Duration::from_millis(50));
                }
            }
        }
        unreachable!("there is always another attempt")
    }
}

/// The status and the body of an answer; none when there is no answer.
fn send(
    address: std::net::SocketAddr,
    token: &str,
    method: &str,
    path: &str,
    body: &[u8],
) -> Option<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let status = std::str::from_utf8(&answer[..end])
        .ok()?
        .split(' ')
        .nth(1)?
        .parse()
        .ok()?;
    Some((status, answer.split_off(end + 4)))
}
