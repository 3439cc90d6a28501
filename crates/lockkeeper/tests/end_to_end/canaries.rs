//! A stolen data folder, database or dump tells sizes and times. Every text that a user can give bears a canary; none
//! of them may be found afterwards, in no spelling.
#![allow(clippy::disallowed_methods, reason = "tests start the programs themselves")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lockkeeper_testkit::postgres::Postgres;
use serde_json::{Value, json};

use crate::crash::{slow, slow_apply};
use crate::state_service::{request, request_with};
use crate::world::{Ended, World};

/// What every text bears.
const CANARY: &str = "canary-";

const PROJECT: &str = r#"
[stacks.canary-stack]
folder = "environments/{environment}/canary-folder"
owner = "canary-owner"
rollback = "canary-rollback-of-the-stack"

[policy.production.high]
approvals = 1
functions_from_reasons = false
board = false
window = false
"#;

const STACK: &str = r#"
variable "canary-variable" {
  type    = string
  default = "canary-default"
}

resource "terraform_data" "canary-resource" {
  input = "canary-before"
  provisioner "local-exec" {
    command = "echo canary-printed"
  }
}

output "canary-output" {
  value     = terraform_data.canary-resource.output
  sensitive = true
}
"#;

/// Where the code of repositories stands in clear, and why: `docs/encryption.md` tells it to users. Git reads it there.
const CODE: [&str; 1] = ["repositories"];

/// What is found of the code there: names of branches. Git compresses the rest.
const OF_THE_CODE: [&str; 1] = ["canary-branch"];

#[test]
fn nothing_of_a_server_on_sqlite_tells_a_text() {
    let mut world = World::new();
    type_everything(&world);
    assert!(world.data().join("lockkeeper.db-wal").exists());
    world.kill();
    let found = search(&world.data());
    found.assert_none();
    assert!(found.files > 20, "{}", found.files);
    // It is the right place to look: the words of fixed lists are there.
    let words = |file: &str| std::fs::read(world.data().join(file)).unwrap();
    assert!(contains(
        &[words("lockkeeper.db"), words("lockkeeper.db-wal")].concat(),
        b"change.propose"
    ));

    world.start_again();
    everything_reads(&world);
    forget(&world);
    world.stop();
    assert!(!world.data().join("lockkeeper.db-wal").exists());
    search(&world.data()).assert_none();
}

#[test]
fn nothing_of_two_servers_on_postgresql_tells_a_text() {
    let mut world = World::on_two_servers(crate::world::PROJECT, crate::world::STACK);
    type_everything(&world);
    everything_reads(&world);
    forget(&world);
    let postgres = world.postgres.take().unwrap();
    for server in [0, 1] {
        world.kill_one(server);
    }
    let dump = Command::new(Postgres::program("pg_dump"))
        .arg(postgres.url())
        .output()
        .unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    let spelled = canaries_in(&dump.stdout);
    assert!(spelled.is_empty(), "the dump tells {spelled:?}");
    assert!(contains(&dump.stdout, b"change.propose"));

    for data in ["data", "data-2"] {
        search(&world.folder.path().join(data)).assert_none();
    }
    // Pages that were freed, and the log of what was written.
    let cluster = search(postgres.folder());
    cluster.assert_none();
    assert!(cluster.files > 100, "{}", cluster.files);
}

#[test]
fn what_a_run_holds_in_clear_is_in_its_folder_only_and_gone_with_it() {
    let marks = tempfile::tempdir().unwrap();
    let mark = marks.path().join("mark");
    let stack = slow(&mark, 60).replace("\"one\"", "\"canary-value\"");
    let mut world = World::with(crate::world::PROJECT, &stack);
    let (key, _) = slow_apply(&world, &mark);
    world.kill();
    let (found, runs) = (search(&world.data()), world.data().join("runs"));
    assert!(!found.told.is_empty(), "Terraform was at work, in clear");
    let outside = found.told.iter().find(|(path, _)| !path.starts_with(&runs));
    assert!(outside.is_none(), "{outside:#?}");

    world.start_again();
    world.wait_for(&key, "staging", "interrupted");
    let deadline = Instant::now() + Duration::from_secs(30);
    while std::fs::read_dir(&runs).unwrap().next().is_some() {
        assert!(Instant::now() < deadline, "the folder of the run is still there");
        std::thread::sleep(Duration::from_millis(100));
    }
    search(&world.data()).assert_none();
}

#[test]
fn a_canary_is_found_in_every_spelling() {
    let text = format!("{CANARY}here");
    for before in 0..3 {
        let padded = [&b"---"[..before], text.as_bytes()].concat();
        assert_eq!(
            canaries_in(STANDARD.encode(&padded).as_bytes()).len(),
            1,
            "{before}"
        );
    }
    assert_eq!(canaries_in(hex::encode(&text).as_bytes()).len(), 1);
    assert_eq!(canaries_in(format!("a {text} b").as_bytes()), ["canary-here b"]);
    assert!(canaries_in(b"canaryhere").is_empty());
}

/// Types a command in the project of the canaries.
fn run(world: &World, who: &str, arguments: &[&str]) -> Ended {
    world.run(who, &[arguments, &["--project", "canary-project"]].concat())
}

/// Gives every text that a user can give.
fn type_everything(world: &World) {
    let file = |environment: &str| format!("environments/{environment}/canary-folder/main.tf");
    let after = STACK.replace("canary-before", "canary-after");
    world.repository.commit(
        &[
            (".lockkeeper/project.toml", PROJECT),
            (&file("canary-environment"), STACK),
        ],
        "canary-message",
    );
    world.repository.branch("canary-branch");
    world
        .repository
        .commit(&[(&file("canary-environment"), &after)], "canary-message");
    world.repository.git(&["checkout", "-q", "main"]);
    let repository = world.folder.path().join("canary-repository");
    std::os::unix::fs::symlink(world.repository.path(), &repository).unwrap();
    people(world, repository.to_str().unwrap());
    changes(world);
    states(world);
    backups(world);
}

fn people(world: &World, repository: &str) {
    world
        .run(
            "admin",
            &["project", "create", "canary-project", "--repository", repository],
        )
        .code(0);
    run(
        world,
        "admin",
        &[
            "environment",
            "create",
            "canary-environment",
            "--tier",
            "production",
        ],
    )
    .code(0);
    for (name, role) in [
        ("alice", &["author"][..]),
        ("bob", &["reviewer", "--function", "canary-function"]),
        ("dave", &["operator", "--environment", "canary-environment"]),
    ] {
        run(world, "admin", &[&["member", "grant", name], role].concat()).code(0);
    }
    world.run("admin", &["user", "create", "canary-user"]).code(0);
    run(world, "admin", &["member", "grant", "canary-user", "viewer"]).code(0);
    let token = world.folder.path().join("token");
    let arguments = [
        "token",
        "create",
        "--label",
        "canary-label",
        "--output-file",
        token.to_str().unwrap(),
    ];
    world.run("alice", &arguments).code(0);
}

fn propose(world: &World, reference: &str, key: &str) -> String {
    let body = json!({"stack": "canary-stack", "ref": reference, "title": "canary-title", "why": "canary-why",
        "rollback": "canary-rollback", "declared_class": "high"});
    let address = format!("{}/api/v1/projects/canary-project/changes", world.address());
    let header = format!("Idempotency-Key: {key}\r\n");
    let (status, answer) = request_with(
        world,
        "alice",
        "POST",
        &address,
        &header,
        body.to_string().as_bytes(),
    );
    assert_eq!(status, 201, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let change = answer["key"].as_str().unwrap().to_owned();
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let shown = run(world, "alice", &["change", "show", &change, "--json"])
            .code(0)
            .json();
        if shown["stages"][0]["status"] == "planned" {
            return change;
        }
        assert!(Instant::now() < deadline, "{shown:#}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Proposes a change, and takes it through all its gates to its end.
fn carry_out(world: &World, reference: &str, idempotency_key: &str) -> String {
    let key = propose(world, reference, idempotency_key);
    run(
        world,
        "alice",
        &[
            "change",
            "edit",
            &key,
            "--why",
            "canary-other-why",
            "--title",
            "canary-other-title",
        ],
    )
    .code(0);
    for check in ["on-call-notified", "communication-sent"] {
        run(
            world,
            "alice",
            &["change", "tick", &key, check, "--comment", "canary-tick"],
        )
        .code(0);
    }
    let approve = [
        "change",
        "approve",
        &key,
        "--role",
        "canary-function",
        "--comment",
        "canary-comment",
    ];
    run(world, "bob", &approve).code(0);
    let shown = run(world, "alice", &["change", "show", &key, "--full"]).code(0);
    assert!(shown.out.contains("canary-resource"), "{shown:?}");
    let apply = [
        "change",
        "apply",
        &key,
        "--environment",
        "canary-environment",
        "--follow",
    ];
    let applied = run(world, "alice", &apply).code(0);
    assert!(applied.error.contains("canary-resource"), "{applied:?}");
    run(
        world,
        "alice",
        &["change", "close", &key, "--comment", "canary-close"],
    )
    .code(0);
    key
}

fn changes(world: &World) {
    carry_out(world, "main", "canary-idempotency-key");
    let key = carry_out(world, "canary-branch", "canary-other-idempotency-key");
    let rollback = ["change", "rollback", &key, "--why", "canary-why-back", "--json"];
    let back = run(world, "alice", &rollback).code(0).json();
    let cancel = [
        "change",
        "cancel",
        back["key"].as_str().unwrap(),
        "--comment",
        "canary-cancel",
    ];
    run(world, "alice", &cancel).code(0);
}

/// A state, too big for the database, that does not compress well.
fn state(serial: u32, lineage: &str) -> Vec<u8> {
    let noise: String = (0..4000)
        .map(|number: u32| blake3::hash(&number.to_be_bytes()).to_string())
        .collect();
    let values = json!({"input": "canary-value", "noise": noise});
    json!({"version": 4, "serial": serial, "lineage": lineage,
        "outputs": {"canary-name": {"value": "canary-told", "type": "string"}},
        "resources": [{"mode": "managed", "type": "canary-type", "name": "canary-resource",
            "provider": "provider[\"canary-provider\"]", "instances": [{"attributes": values}]}]})
    .to_string()
    .into_bytes()
}

fn lock(id: &str) -> Vec<u8> {
    json!({"ID": id, "Who": "canary-who", "Operation": "canary-operation", "Info": "canary-info",
        "Path": "canary-path", "Version": "canary-version"})
    .to_string()
    .into_bytes()
}

fn states(world: &World) {
    let environment = format!(
        "{}/api/v1/projects/canary-project/environments/canary-environment",
        world.address()
    );
    let address = format!("{environment}/stacks/canary-other-stack/state");
    let send = |method, place: &str, body: &[u8], expected| {
        let (status, answer) = request(world, "dave", method, &format!("{address}{place}"), body);
        assert_eq!(status, expected, "{method} {place}: {answer}");
    };
    let stack = ["canary-environment", "canary-other-stack"];
    let type_in = |who, verb: &[&str], rest: &[&str]| {
        run(world, who, &[&["state"], verb, &stack, rest].concat()).code(0)
    };
    let why = |reason| ["--reason", reason];
    type_in("admin", &["protect"], &why("canary-why-shut"));
    type_in("admin", &["unprotect"], &why("canary-why-open"));
    send("LOCK", "", &lock("canary-lock"), 200);
    for _ in 0..2 {
        send("LOCK", "", &lock("canary-waiting"), 423);
    }
    send("POST", "?ID=canary-lock", &state(7, "canary-lineage"), 200);
    type_in("dave", &["allow-overwrite"], &why("canary-leave-used"));
    send(
        "POST",
        "?ID=canary-lock",
        &state(3, "canary-lineage-of-another"),
        200,
    );
    type_in("dave", &["unlock"], &["--yes", "--reason", "canary-unlock"]);
    type_in("dave", &["rollback"], &["7", "--reason", "canary-state-rollback"]);
    let file = world.folder.path().join("import.tfstate");
    std::fs::write(&file, state(9, "canary-lineage-of-an-import")).unwrap();
    let import = [file.to_str().unwrap(), "--replace", "--reason", "canary-import"];
    type_in("dave", &["import"], &import);
    type_in("dave", &["allow-overwrite"], &why("canary-leave"));
    type_in("dave", &["personal", "create"], &[]);
    // Whoever waited has the first turn, and does not come.
    let deadline = Instant::now() + Duration::from_secs(60);
    while request(world, "dave", "LOCK", &address, &lock("canary-held")).0 == 423 {
        assert!(Instant::now() < deadline, "the lock is never free");
        std::thread::sleep(Duration::from_millis(200));
    }
    for _ in 0..2 {
        send("LOCK", "", &lock("canary-still-waiting"), 423);
    }
}

/// One backup, and one that failed: why it failed is on record.
fn backups(world: &World) {
    let place = world.folder.path().join("canary-place");
    std::fs::create_dir(&place).unwrap();
    std::fs::write(place.join("pieces"), "a file where a folder is to be").unwrap();
    let configuration = world.folder.path().join("elsewhere.toml");
    std::fs::write(
        &configuration,
        format!("[backup]\nplace = \"{}\"\n", place.display()),
    )
    .unwrap();
    let elsewhere = ["--config", configuration.to_str().unwrap()];
    world.run_beside(&["backup", "create"]).code(0);
    world
        .run_beside(&[&["backup", "create"][..], &elsewhere].concat())
        .code(1);
    let looked = world.run_beside(&[&["doctor", "--json"][..], &elsewhere].concat());
    assert!(
        looked.out.contains("canary-place"),
        "why the backup failed is on record: {looked:?}"
    );
}

/// What was typed is told to those who may see it.
fn everything_reads(world: &World) {
    let log = run(world, "alice", &["audit", "list", "--json", "--limit", "500"])
        .code(0)
        .out;
    for told in [
        "canary-title",
        "canary-leave-used",
        "canary-unlock",
        "canary-import",
        "canary-lock",
    ] {
        assert!(log.contains(told), "{told} is not in the audit log");
    }
    let states = run(world, "dave", &["state", "list", "--json"]).code(0).out;
    for told in [
        "canary-held",
        "canary-lineage-of-an-import",
        "canary-who",
        "canary-other-stack",
    ] {
        assert!(states.contains(told), "{told}: {states}");
    }
    let pulled = run(
        world,
        "dave",
        &["state", "pull", "canary-environment", "canary-other-stack"],
    )
    .code(0);
    assert!(pulled.out.contains("canary-value"));
}

/// Removes some of it: what was removed must not be told by what is left in freed pages.
fn forget(world: &World) {
    let stack = ["canary-environment", "canary-other-stack"];
    run(
        world,
        "dave",
        &[&["state", "unlock", "--yes"], &stack[..]].concat(),
    )
    .code(0);
    run(
        world,
        "dave",
        &[&["state", "personal", "remove"], &stack[..]].concat(),
    )
    .code(0);
}

/// What was searched, and what was found: a file, and the text behind the canary.
struct Found {
    files: usize,
    told: Vec<(PathBuf, Vec<String>)>,
}

impl Found {
    #[track_caller]
    fn assert_none(&self) {
        assert!(self.told.is_empty(), "a text is told: {:#?}", self.told);
    }
}

/// Searches the names and the bytes of every file below a folder.
fn search(root: &Path) -> Found {
    let (mut found, mut folders) = (
        Found {
            files: 0,
            told: Vec::new(),
        },
        vec![root.to_owned()],
    );
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let below = path.strip_prefix(root).unwrap();
            let mut told = canaries_in(entry.file_name().as_encoded_bytes());
            if kind.is_dir() {
                folders.push(path.clone());
            } else if kind.is_file() {
                found.files += 1;
                told.extend(canaries_in(&std::fs::read(&path).unwrap()));
            }
            if CODE.iter().any(|place| below.starts_with(place)) {
                told.retain(|told| !OF_THE_CODE.iter().any(|known| told.starts_with(known)));
            }
            if !told.is_empty() {
                found.told.push((path, told));
            }
        }
    }
    found
}

/// The canaries in the bytes, as text, in hexadecimal as dumps have it, or in Base64.
fn canaries_in(bytes: &[u8]) -> Vec<String> {
    let mut found: Vec<String> = find(bytes, CANARY.as_bytes())
        .map(|at| excerpt(&bytes[at..]))
        .collect();
    let spelled = std::iter::once(hex::encode(CANARY)).chain((0..3).map(base64_inside));
    for spelled in spelled {
        found.extend(find(bytes, spelled.as_bytes()).map(|at| excerpt(&bytes[at..])));
    }
    found
}

/// How the canary looks in Base64 behind so many other bytes: its first and last letter depend on what stands around.
fn base64_inside(before: usize) -> String {
    let encoded = STANDARD.encode([&b"---"[..before], CANARY.as_bytes()].concat());
    let whole = (before + CANARY.len()) / 3 * 4;
    encoded[before.div_ceil(3) * 4..whole].to_owned()
}

fn excerpt(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned()
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    find(bytes, wanted).next().is_some()
}

fn find<'a>(bytes: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    memchr::memmem::find_iter(bytes, wanted)
}
