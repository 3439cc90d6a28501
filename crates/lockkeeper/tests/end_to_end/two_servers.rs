//! Two servers on one PostgreSQL behave as one.

use std::fs::Permissions;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::crash::{slow, slow_apply};
use lockkeeper_testkit::postgres::{Postgres, free_port};

use crate::world::{PROJECT, STACK, World, ended, log_file, serve};

fn world() -> World {
    World::on_two_servers(PROJECT, STACK)
}

fn staging_lock(world: &World) -> Option<serde_json::Value> {
    let states = world.run("alice", &["state", "list", "--json"]).code(0).json();
    let staging = states["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|state| state["environment"] == "staging")
        .unwrap()
        .clone();
    staging.get("lock").cloned()
}

#[test]
fn the_main_job_and_its_races_go_through_both() {
    let world = world();
    crate::main_job::story(&world);
    drop(world);
    crate::races::two_applies(&self::world());
    crate::races::ten_approvals(&self::world());
    crate::stale::made_stale(&self::world());
}

#[test]
fn a_run_is_followed_and_cancelled_at_the_server_that_does_not_carry_it_out() {
    let marks = tempfile::tempdir().unwrap();
    let mark = marks.path().join("mark");
    let world = World::on_two_servers(PROJECT, &slow(&mark, 60));
    let (key, run) = slow_apply(&world, &mark);
    let other = 1 - world.carrier(&run);
    let follow = world.begin_at(other, "alice", &["run", "logs", &run, "--follow"]);
    let begun = Instant::now();
    world.run_at(other, "dave", &["run", "cancel", &run]).code(0);
    world.wait_for(&key, "staging", "apply-failed");
    assert!(
        begun.elapsed() < Duration::from_secs(40),
        "the sleep was waited for"
    );
    let followed = ended(follow.wait_with_output().unwrap());
    assert!(
        followed.out.contains("local-exec") || followed.error.contains("local-exec"),
        "{followed:?}"
    );
    assert!(staging_lock(&world).is_none());
}

#[test]
fn a_run_whose_server_died_is_ended_by_the_other_one_which_takes_back_its_lock_and_token() {
    let marks = tempfile::tempdir().unwrap();
    let mark = marks.path().join("mark");
    let mut world = World::on_two_servers(PROJECT, &slow(&mark, 30));
    let (key, run) = slow_apply(&world, &mark);
    let carrier = world.carrier(&run);
    world.kill_one(carrier);
    assert!(
        staging_lock(&world).is_some(),
        "the tool outlived its server, and holds its lock"
    );
    let stage = world.wait_for(&key, "staging", "interrupted");
    let next = stage["next_step"].as_str().unwrap();
    assert!(next.contains("make sure that nothing is at work on"), "{stage:#}");
    assert!(staging_lock(&world).is_none(), "the dead run kept its lock");
    assert_eq!(
        world.run("alice", &["audit", "verify", "--json"]).code(0).json()["intact"],
        true
    );

    // The server that comes back finds the run ended, and does not repeat it.
    world.start_one_again(carrier);
    let shown = world.run_at(carrier, "alice", &["run", "show", &run, "--json"]);
    assert_eq!(shown.code(0).json()["status"], "interrupted");
    assert_eq!(std::fs::read_to_string(&mark).unwrap().lines().count(), 1);
}

#[test]
fn one_server_stops_in_good_order_while_the_other_serves() {
    let mut world = world();
    world.establish();
    world.stop_one(0);
    let key = world.propose_edit("edit", "\"one\"", "\"two\"")["key"]
        .as_str()
        .unwrap()
        .to_owned();
    world.run("bob", &["change", "approve", &key]).code(0);
    world.apply(&key, "staging").code(0);
    world.start_one_again(0);
    world.stop_one(1);
    world.apply(&key, "production").code(0);
}

#[test]
fn while_the_database_is_away_nothing_is_acknowledged_and_everybody_is_told_to_come_back() {
    let mut world = world();
    let mut postgres = world.postgres.take().unwrap();
    assert!(get(&world, "/readyz").starts_with("HTTP/1.1 200"));
    postgres.kill();
    for path in ["/readyz", "/api/v1/projects"] {
        let answer = get(&world, path).to_lowercase();
        assert!(answer.starts_with("http/1.1 503"), "{path}: {answer}");
        assert!(answer.contains("retry-after: 2"), "{path}: {answer}");
        assert!(
            answer.contains("content-type: application/problem+json"),
            "{path}: {answer}"
        );
    }
    postgres.start_again();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !get(&world, "/readyz").starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < deadline, "the servers did not come back");
        std::thread::sleep(Duration::from_millis(200));
    }
    world.postgres = Some(postgres);
    world.run("alice", &["change", "list"]).code(0);
}

/// What the first server answers to an administrator, as text.
fn get(world: &World, path: &str) -> String {
    let address = world.address();
    let address = address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let token = world.token("admin");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Starts three servers at the same time on an empty database; answers which of them are ready in the end. The others
/// have refused to start.
fn start_at_once(folder: &Path) -> Vec<&'static str> {
    let postgres = Postgres::start();
    let variables = [("LOCKKEEPER_DATABASE".to_owned(), postgres.url())];
    let data = ["data-1", "data-2", "data-3"];
    let mut servers = data.map(|data| serve(folder, data, free_port(), &variables, None));
    let deadline = Instant::now() + Duration::from_secs(60);
    let is_ready = |data| {
        std::fs::read_to_string(log_file(folder, data))
            .unwrap()
            .contains("is ready")
    };
    let mut settled = 0;
    while settled < data.len() {
        assert!(Instant::now() < deadline, "some neither start nor give up");
        std::thread::sleep(Duration::from_millis(50));
        let ended = |(data, server): (&'static str, &mut std::process::Child)| {
            is_ready(data) || server.try_wait().unwrap().is_some()
        };
        settled = data
            .into_iter()
            .zip(&mut servers)
            .map(ended)
            .filter(|ended| *ended)
            .count();
    }
    for server in &mut servers {
        server.kill().ok();
        server.wait().unwrap();
    }
    data.into_iter().filter(|data| is_ready(data)).collect()
}

#[test]
fn servers_with_one_root_key_may_start_for_the_first_time_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for data in ["data-1", "data-2", "data-3"] {
        let data = folder.path().join(data);
        std::fs::create_dir(&data).unwrap();
        std::fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
        std::fs::write(data.join("key"), [7; 32]).unwrap();
    }
    let ready = start_at_once(folder.path());
    assert_eq!(ready.len(), 3);
    let with_token = |data: &&&str| folder.path().join(data).join("bootstrap-token").exists();
    assert_eq!(
        ready.iter().filter(with_token).count(),
        1,
        "one of them makes the administrator"
    );
}

#[test]
fn of_servers_that_start_at_once_without_a_root_key_one_makes_it() {
    let folder = tempfile::tempdir().unwrap();
    let ready = start_at_once(folder.path());
    assert_eq!(ready.len(), 1, "{ready:?}");
    for data in ["data-1", "data-2", "data-3"] {
        let has_key = folder.path().join(data).join("key").exists();
        assert_eq!(
            has_key,
            ready.contains(&data),
            "a key that opens nothing is left in {data}"
        );
        let log = std::fs::read_to_string(log_file(folder.path(), data)).unwrap();
        assert!(has_key || log.contains("root key"), "{log}");
    }
}
