//! The real binary against a server that answers what it is told to: exit codes, standard output and
//! standard error.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod fake_server;

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use fake_server::FakeServer;

/// A machine with a home folder and a server.
struct Machine {
    folder: TempDir,
    server: FakeServer,
}

/// How a command ended.
#[derive(Debug)]
struct Ended {
    code: i32,
    out: String,
    error: String,
}

impl Ended {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Machine {
    fn new() -> Self {
        let server = FakeServer::start();
        server.answer(
            "GET /projects?limit=20",
            200,
            &json!({"items": [project("shop")]}),
        );
        Self {
            folder: tempfile::tempdir().unwrap(),
            server,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "the test starts the program that it tests"
    )]
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lockkeeper"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("LOCKKEEPER_ADDRESS", &self.server.address)
            .env("LOCKKEEPER_TOKEN", "lk_secret")
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments).spawn().unwrap())
    }
}

fn ended(child: Child) -> Ended {
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        error: String::from_utf8(output.stderr).unwrap(),
    }
}

fn project(name: &str) -> Value {
    json!({"name": name, "repository": "/srv/infra", "created_at": "2026-11-21T14:03:22Z"})
}

fn caller() -> Value {
    json!({
        "user": {"name": "ada", "server_admin": false, "disabled": false, "created_at": "2026-11-21T14:03:22Z"},
        "memberships": [{"project": "shop", "role": "reviewer", "function": "security"}],
    })
}

fn problem(status: u16) -> Value {
    json!({"type": "urn:lockkeeper:problem:x", "title": "X", "status": status, "detail": "It is so."})
}

fn change(stage: &str) -> Value {
    json!({
        "key": "INFRA-1", "title": "Add Redis", "why": "", "stack": "network", "ref": "main", "commit": "3f2c1ab0d9e8f",
        "requester": "ada", "status": "open", "created_at": "2026-11-21T14:03:22Z", "updated_at": "2026-11-21T14:03:22Z",
        "stages": [{"environment": "staging", "status": stage, "message": "Nothing to add."}],
    })
}

fn run(status: &str) -> Value {
    json!({
        "id": "run-1", "change": "INFRA-1", "stack": "network", "environment": "staging", "kind": "apply",
        "status": status, "requested_by": "ada", "created_at": "2026-11-21T14:03:22Z",
        "message": "The tool says no.", "exit_code": 1,
    })
}

#[test]
fn whoami_sends_the_token_and_prints_the_roles() {
    let machine = Machine::new();
    machine.server.answer("GET /caller", 200, &caller());
    let ended = machine.run(&["whoami"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.out.starts_with("ada"), "{ended:?}");
    assert!(ended.out.contains("reviewer in shop (security)"), "{ended:?}");
    assert_eq!(ended.error, "");
    assert_eq!(
        machine.server.seen()[0].headers["authorization"],
        "Bearer lk_secret"
    );
}

#[test]
fn exit_codes_follow_the_status() {
    let expected = [
        (400, 1),
        (401, 4),
        (403, 4),
        (404, 3),
        (409, 5),
        (412, 5),
        (422, 1),
        (423, 5),
        (500, 1),
    ];
    for (status, code) in expected {
        let machine = Machine::new();
        machine.server.answer("GET /caller", status, &problem(status));
        let ended = machine.run(&["whoami"]);
        assert_eq!(ended.code, code, "{status}: {ended:?}");
        assert!(ended.error.starts_with("error: It is so.\n"), "{ended:?}");
        assert_eq!(ended.out, "");
    }
}

#[test]
fn a_list_says_which_open_changes_went_wrong() {
    let machine = Machine::new();
    let mut broken = change("verification-failed");
    broken["trouble"] = json!({"environment": "staging", "status": "verification-failed"});
    machine.server.answer(
        "GET /projects/shop/changes?limit=50",
        200,
        &json!({"items": [broken, change("planned")]}),
    );
    let ended = machine.run(&["change", "list"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(
        ended.out.matches("open: verification failed in staging").count(),
        1,
        "{ended:?}"
    );
}

#[test]
fn without_a_token_people_are_told_to_log_in() {
    let hint = |kind: &str| {
        let machine = Machine::new();
        let mut refused = problem(401);
        refused["type"] = json!(format!("urn:lockkeeper:problem:{kind}"));
        refused["hint"] = json!("the server's own");
        machine.server.answer("GET /caller", 401, &refused);
        machine.run(&["whoami", "--json"]).json()["hint"].clone()
    };
    assert!(
        hint("no-token")
            .as_str()
            .unwrap()
            .starts_with("log in: `lockkeeper login")
    );
    assert_eq!(hint("unauthenticated"), "the server's own");
}

#[test]
fn a_value_that_the_server_cannot_use_is_wrong_usage() {
    let machine = Machine::new();
    let mut invalid = problem(400);
    invalid["type"] = json!("urn:lockkeeper:problem:invalid");
    machine
        .server
        .answer("GET /projects/shop/changes/nonsense", 400, &invalid);
    let ended = machine.run(&["change", "show", "nonsense"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.error.starts_with("error: It is so.\n"), "{ended:?}");
}

#[test]
fn giving_up_undoes_nothing() {
    for (stage, warns) in [
        ("verified", true),
        ("verification-failed", true),
        ("planned", false),
    ] {
        let machine = Machine::new();
        machine
            .server
            .answer("POST /projects/shop/changes/INFRA-1/cancel", 200, &change(stage));
        let ended = machine.run(&["change", "cancel", "INFRA-1"]);
        assert_eq!(ended.code, 0, "{ended:?}");
        let warning =
            "warning: what was applied in staging stays as it is; `lockkeeper change rollback INFRA-1`";
        assert_eq!(ended.error.contains(warning), warns, "{ended:?}");
    }
}

/// The plan of an environment, with that digest.
fn planned(environment: &str, class: &str, digest: &str) -> Value {
    json!({
        "environment": environment, "status": "planned",
        "plan": {
            "id": "1", "digest": digest, "class": class, "reasons": [], "summary": "0 to add, 0 to change, 1 to destroy",
            "blast_radius": "1 destroyed", "resources": [], "resource_count": 1, "checks": [], "tool": "terraform 1.11.0",
            "commit": "3f2c1abd", "made_at": "2026-11-21T14:04:00Z", "expires_at": "2026-11-22T14:04:00Z"
        }
    })
}

#[test]
fn what_is_approved_is_what_was_shown() {
    let machine = Machine::new();
    let mut seen = change("planned");
    seen["stages"] = json!([
        planned("staging", "medium", "0123456789abcdef"),
        planned("production", "high", "fedcba9876543210")
    ]);
    let path = "POST /projects/shop/changes/INFRA-1/approve";
    let mut other = problem(409);
    other["detail"] = json!("The plan that you saw for production is not the current one.");
    machine
        .server
        .answer("GET /projects/shop/changes/INFRA-1", 200, &seen)
        .answer(path, 200, &seen)
        .answer(path, 409, &other);
    let arguments = ["change", "approve", "INFRA-1", "--role", "security"];
    let ended = machine.run(&arguments);
    assert_eq!(ended.code, 0, "{ended:?}");
    let bodies = |machine: &Machine| -> Vec<Value> {
        let all = machine.server.seen().into_iter();
        all.filter(|seen| seen.line == path)
            .map(|seen| serde_json::from_str(&seen.body).unwrap())
            .collect()
    };
    let body = |environment: &str, digest: &str| json!({"role": "security", "environment": environment, "plan_digest": digest, "comment": ""});
    assert_eq!(
        bodies(&machine),
        [
            body("staging", "0123456789abcdef"),
            body("production", "fedcba9876543210")
        ]
    );
    for shown in [
        "digest 0123456789ab",
        "digest fedcba987654",
        "1 to destroy",
        "not approved in production: The plan",
    ] {
        assert!(ended.error.contains(shown), "{shown}: {ended:?}");
    }
    // Nothing was approved at all: the server's own words.
    let machine = Machine::new();
    machine
        .server
        .answer("GET /projects/shop/changes/INFRA-1", 200, &seen)
        .answer(path, 409, &other);
    let ended = machine.run(&[
        "change",
        "approve",
        "INFRA-1",
        "--environment",
        "production",
        "--json",
    ]);
    assert_eq!(
        (ended.code, ended.json()["detail"].clone()),
        (5, other["detail"].clone())
    );
    assert_eq!(bodies(&machine).len(), 1);
    // A plan that is named need not be shown.
    let machine = Machine::new();
    machine.server.answer(path, 200, &seen);
    let ended = machine.run(&["change", "approve", "INFRA-1", "--plan-digest", "0123"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(bodies(&machine), [json!({"plan_digest": "0123", "comment": ""})]);
}

#[test]
fn nobody_is_there() {
    let machine = Machine::new();
    let ended = machine.run(&["whoami", "--address", "http://127.0.0.1:1"]);
    assert_eq!(ended.code, 6);
    assert_eq!(
        ended.error,
        "error: cannot reach http://127.0.0.1:1: connection refused\n\
         hint: start it with `lockkeeper serve`, or set LOCKKEEPER_ADDRESS\n"
    );
}

#[test]
fn wrong_usage() {
    let machine = Machine::new();
    for arguments in [
        &["whoami", "--address", "nonsense"][..],
        &["change", "show"],
        &["nonsense"],
    ] {
        let ended = machine.run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{ended:?}");
    }
}

#[test]
fn a_failure_is_a_document_with_json() {
    let machine = Machine::new();
    machine
        .server
        .answer("GET /projects/shop/changes/INFRA-9", 404, &problem(404));
    let ended = machine.run(&["change", "show", "INFRA-9", "--json"]);
    assert_eq!((ended.code, ended.json()["status"].as_u64()), (3, Some(404)));
}

#[test]
fn the_project_is_the_only_one_or_has_to_be_named() {
    let machine = Machine::new();
    machine
        .server
        .answer("GET /projects/shop/stacks?limit=50", 200, &json!({"items": []}));
    let ended = machine.run(&["stack", "list"]);
    assert_eq!((ended.code, ended.error.as_str()), (0, "no stacks\n"));

    let machine = Machine::new();
    let several = json!({"items": [project("shop"), project("bank\u{1b}")]});
    machine
        .server
        .answer("GET /projects?limit=20", 200, &several)
        .answer("GET /projects?limit=20", 200, &several);
    machine.run(&["stack", "list"]);
    let ended = machine.run(&["stack", "list"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.error.contains(r"several projects: shop, bank\u{1b}"),
        "{ended:?}"
    );
    assert!(ended.error.contains("--project"), "{ended:?}");

    // Inside a repository that names its project, from any folder of it.
    let folder = machine.path("infra/environments");
    std::fs::create_dir_all(machine.path("infra/.lockkeeper")).unwrap();
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(
        machine.path("infra/.lockkeeper/project.toml"),
        "project = \"bank\"\n",
    )
    .unwrap();
    machine
        .server
        .answer("GET /projects/bank/stacks?limit=50", 200, &json!({"items": []}));
    let inside = machine
        .command(&["stack", "list"])
        .current_dir(folder)
        .spawn()
        .unwrap();
    let inside = crate::ended(inside);
    assert_eq!((inside.code, inside.error.as_str()), (0, "no stacks\n"));
}

#[test]
fn shut_gates_are_listed() {
    let machine = Machine::new();
    let mut refusal = problem(409);
    refusal["gates"] =
        json!([{"gate": "approvals", "open": false, "reason": "None yet.", "to_open": "ask grace"}]);
    machine
        .server
        .answer("POST /projects/shop/changes/INFRA-1/apply", 409, &refusal);
    let ended = machine.run(&["change", "apply", "INFRA-1", "--environment", "staging"]);
    assert_eq!((ended.code, ended.out.as_str()), (5, ""));
    assert!(ended.error.contains("SHUT  approvals  None yet."), "{ended:?}");
    assert!(ended.error.contains("to open: ask grace"), "{ended:?}");
    let sent = machine
        .server
        .seen_once("POST /projects/shop/changes/INFRA-1/apply");
    assert_eq!(
        serde_json::from_str::<Value>(&sent.body).unwrap(),
        json!({"environment": "staging"})
    );
    assert_eq!(sent.headers["idempotency-key"].len(), 32);
}

#[test]
fn propose_waits_for_the_plans() {
    let machine = Machine::new();
    let path = "/projects/shop/changes/INFRA-1";
    machine
        .server
        .answer("POST /projects/shop/changes", 201, &change("planning"));
    machine
        .server
        .answer(&format!("GET {path}"), 200, &change("planning"));
    machine
        .server
        .answer(&format!("GET {path}"), 200, &change("plan-failed"));
    let arguments = [
        "change",
        "propose",
        "--stack",
        "network",
        "--ref",
        "main",
        "--title",
        "Add Redis",
    ];
    let ended = machine.run(&arguments);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(
        ended.error,
        "proposed INFRA-1 in shop\nINFRA-1 in staging: plan failed\n"
    );
    assert!(ended.out.contains("staging  plan failed"), "{ended:?}");
    assert_eq!(ended.out.matches("Nothing to add.").count(), 1, "{ended:?}");

    let ended = machine.run(&[&arguments[..], &["--no-wait", "--json"]].concat());
    assert_eq!(
        (ended.code, ended.json()["stages"][0]["status"].as_str()),
        (0, Some("planning"))
    );
}

#[test]
fn a_commit_that_is_proposed_already_is_shown() {
    let machine = Machine::new();
    machine
        .server
        .answer("POST /projects/shop/changes", 200, &change("planned"));
    let ended = machine.run(&[
        "change",
        "propose",
        "--stack",
        "network",
        "--ref",
        "main",
        "--title",
        "Once more",
    ]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended
            .error
            .contains("INFRA-1 proposes commit 3f2c1ab0d9e8 of network already"),
        "{ended:?}"
    );
    assert!(!ended.error.contains("proposed INFRA-1"), "{ended:?}");
    machine
        .server
        .answer("POST /projects/shop/changes", 201, &change("planned"));
    let again = [
        "change", "propose", "--stack", "network", "--ref", "main", "--title", "t", "--again",
    ];
    machine.run(&again);
    let seen = machine.server.seen();
    let body: Value = serde_json::from_str(&seen.last().unwrap().body).unwrap();
    assert_eq!(body["again"], true);
}

#[test]
fn apply_follows_to_the_end() {
    for (status, code) in [("failed", 1), ("succeeded", 0), ("cancelled", 1)] {
        let machine = Machine::new();
        machine
            .server
            .answer("POST /projects/shop/changes/INFRA-1/apply", 202, &run("queued"));
        machine.server.stream(
            "GET /projects/shop/runs/run-1/log/events",
            "id: 9\ndata: {\"text\":\"Applying\\u001b[2J\\n\",\"position\":9,\"ended\":false}\n\nevent: end\ndata: {}\n\n",
        );
        machine
            .server
            .answer("GET /projects/shop/runs/run-1", 200, &run("running"));
        machine
            .server
            .answer("GET /projects/shop/runs/run-1", 200, &run(status));
        let ended = machine.run(&[
            "change",
            "apply",
            "INFRA-1",
            "--environment",
            "staging",
            "--follow",
        ]);
        assert_eq!(ended.code, code, "{ended:?}");
        assert!(
            ended.error.ends_with("as run run-1\nApplying\\u{1b}[2J\n"),
            "{ended:?}"
        );
        assert!(
            ended.out.starts_with(&format!("apply run-1  {status}\n")),
            "{ended:?}"
        );
    }
}

#[test]
fn logs_are_data() {
    let machine = Machine::new();
    let path = "GET /projects/shop/runs/run-1/log?after";
    machine.server.answer(
        &format!("{path}=0"),
        200,
        &json!({"text": "one\n", "position": 4, "ended": false}),
    );
    machine.server.answer(
        &format!("{path}=4"),
        200,
        &json!({"text": "two\n", "position": 8, "ended": false}),
    );
    machine.server.answer(
        &format!("{path}=8"),
        200,
        &json!({"text": "", "position": 8, "ended": false}),
    );
    let ended = machine.run(&["run", "logs", "run-1"]);
    assert_eq!(
        (ended.code, ended.out.as_str(), ended.error.as_str()),
        (0, "one\ntwo\n", "")
    );
}

#[test]
fn control_c_stops_the_command_and_not_the_run() {
    let machine = Machine::new();
    machine.server.stream(
        "GET /projects/shop/runs/run-1/log/events",
        "id: 4\ndata: {\"text\":\"one\\n\",\"position\":4,\"ended\":false}\n\n: hang\n\n",
    );
    let mut child = machine
        .command(&["run", "logs", "run-1", "--follow"])
        .spawn()
        .unwrap();
    let mut first = [0; 4];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
    let process = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGINT).unwrap();
    let ended = ended(child);
    assert_eq!(ended.code, 130, "{ended:?}");
    assert!(ended.error.contains("the run goes on"), "{ended:?}");
}

#[test]
fn edit_alters_the_version_that_it_read() {
    let machine = Machine::new();
    machine
        .server
        .answer("GET /projects/shop/changes/INFRA-1", 200, &change("planned"));
    machine
        .server
        .answer("PATCH /projects/shop/changes/INFRA-1", 412, &problem(412));
    let ended = machine.run(&["change", "edit", "INFRA-1", "--title", "New"]);
    assert_eq!(ended.code, 5);
    let sent = machine.server.seen_once("PATCH /projects/shop/changes/INFRA-1");
    assert_eq!(
        (sent.headers["if-match"].as_str(), sent.body.as_str()),
        ("\"7\"", r#"{"title":"New"}"#)
    );
}

#[test]
fn a_broken_audit_chain_fails() {
    let machine = Machine::new();
    let found = json!({"intact": false, "entries": 7, "chains": 2, "broken": "entry 3 was altered"});
    machine
        .server
        .answer("GET /projects/shop/audit/verify?checkpoint=2%3Aab", 200, &found);
    let ended = machine.run(&["audit", "verify", "--checkpoint", "2:ab"]);
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (1, "BROKEN: 7 entries looked at\n  entry 3 was altered\n")
    );
}

#[test]
fn exports_appear_whole_or_not_at_all() {
    let machine = Machine::new();
    machine
        .server
        .answer_text("GET /projects/shop/audit/export", 200, "{\"sequence\":1}\n");
    let ended = machine.run(&["audit", "export", "--output", "audit.jsonl"]);
    assert_eq!((ended.code, ended.out.as_str()), (0, ""), "{ended:?}");
    assert_eq!(
        std::fs::read_to_string(machine.path("audit.jsonl")).unwrap(),
        "{\"sequence\":1}\n"
    );

    let machine = Machine::new();
    machine
        .server
        .answer("GET /projects/shop/audit/export", 403, &problem(403));
    assert_eq!(
        machine.run(&["audit", "export", "--output", "audit.jsonl"]).code,
        4
    );
    assert!(!machine.path("audit.jsonl").exists());
}

#[test]
fn a_new_token_goes_into_a_private_file() {
    let machine = Machine::new();
    let token = json!({"id": "t-1", "user": "ada", "label": "ci", "created_at": "x", "expires_at": "x"});
    machine
        .server
        .answer("POST /tokens", 201, &json!({"secret": "lk_new", "token": token}));
    let ended = machine.run(&[
        "token",
        "create",
        "--label",
        "ci",
        "--output-file",
        "ci.token",
        "--json",
    ]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        !ended.out.contains("lk_new") && !ended.error.contains("lk_new"),
        "{ended:?}"
    );
    let path = machine.path("ci.token");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "lk_new\n");
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );

    let ended = machine.run(&[
        "token",
        "create",
        "--label",
        "ci",
        "--output-file",
        "missing/ci.token",
    ]);
    assert_eq!(ended.code, 1);
    machine.server.seen_once("POST /tokens");

    std::fs::write(&path, "another\n").unwrap();
    let again = ["token", "create", "--label", "ci", "--output-file", "ci.token"];
    let ended = machine.run(&again);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.error.contains("there already") && ended.error.contains("--force"),
        "{ended:?}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "another\n");
    // Nothing was asked of the server: a token whose secret is lost cannot be had again.
    machine.server.seen_once("POST /tokens");
    let ended = machine.run(&[&again[..], &["--force"]].concat());
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "lk_new\n");
}

#[test]
fn login_stores_the_token_for_one_address() {
    let machine = Machine::new();
    machine.server.answer("GET /caller", 200, &caller());
    let mut login = machine.command(&["login"]);
    login.env_remove("LOCKKEEPER_TOKEN").stdin(Stdio::piped());
    let mut child = login.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"lk_stored\n").unwrap();
    let ended = ended(child);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(!ended.error.contains("lk_stored"), "{ended:?}");

    // Now neither address nor token need be said, and another server does not get the token.
    let other = FakeServer::start();
    other.answer("GET /caller", 200, &caller());
    let mut again = machine.command(&["whoami"]);
    again
        .env_remove("LOCKKEEPER_TOKEN")
        .env_remove("LOCKKEEPER_ADDRESS");
    assert_eq!(finished(again).code, 0);
    let mut elsewhere = machine.command(&["whoami"]);
    elsewhere
        .env_remove("LOCKKEEPER_TOKEN")
        .env("LOCKKEEPER_ADDRESS", &other.address);
    assert_eq!(finished(elsewhere).code, 0);
    let sent = |server: &FakeServer| {
        server
            .seen()
            .last()
            .unwrap()
            .headers
            .get("authorization")
            .cloned()
    };
    assert_eq!(sent(&machine.server).as_deref(), Some("Bearer lk_stored"));
    assert_eq!(sent(&other), None);
}

fn finished(mut command: Command) -> Ended {
    ended(command.spawn().unwrap())
}

#[test]
fn a_refused_token_is_not_stored() {
    let machine = Machine::new();
    machine.server.answer("GET /caller", 401, &problem(401));
    std::fs::write(machine.path("token"), "lk_wrong").unwrap();
    assert_eq!(machine.run(&["login", "--token-file", "token"]).code, 4);
    assert!(!machine.path(".config").exists());
}

#[test]
fn the_first_commands_on_the_servers_machine_need_no_login() {
    let machine = Machine::new();
    machine.server.answer("GET /caller", 200, &caller());
    std::fs::create_dir(machine.path("lockkeeper-data")).unwrap();
    std::fs::write(machine.path("lockkeeper-data/bootstrap-token"), "lk_first\n").unwrap();
    let mut command = machine.command(&["whoami"]);
    command.env_remove("LOCKKEEPER_TOKEN");
    assert_eq!(finished(command).code, 0);
    assert_eq!(
        machine.server.seen()[0].headers["authorization"],
        "Bearer lk_first"
    );
}

#[test]
fn a_repository_folder_becomes_absolute() {
    let machine = Machine::new();
    machine.server.answer("POST /projects", 201, &project("shop"));
    std::fs::create_dir(machine.path("infra")).unwrap();
    assert_eq!(
        machine
            .run(&["project", "create", "shop", "--repository", "./infra"])
            .code,
        0
    );
    let sent: Value = serde_json::from_str(&machine.server.seen_once("POST /projects").body).unwrap();
    let expected = machine.path("infra").canonicalize().unwrap();
    assert_eq!(Path::new(sent["repository"].as_str().unwrap()), expected);
}

#[test]
fn unlock_asks_first() {
    let machine = Machine::new();
    let lock = json!({"id": "1", "who": "ada@laptop", "user": "ada", "operation": "OperationTypeApply", "since": "x"});
    let state = json!({"environment": "staging", "stack": "network", "versions": 1, "lock": lock, "waiting": [],
        "overwrite_leaves": []});
    let detail = "GET /projects/shop/environments/staging/stacks/network/state/detail";
    machine.server.answer(detail, 200, &state);
    let path = "UNLOCK /projects/shop/environments/staging/stacks/network/state";
    machine.server.answer_text(path, 200, "");
    let ended = machine.run(&["state", "unlock", "staging", "network"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.error.contains("locked by ada (ada@laptop)"), "{ended:?}");
    assert!(machine.server.seen().iter().all(|seen| seen.line != path));
    assert_eq!(
        machine
            .run(&["state", "unlock", "staging", "network", "--yes"])
            .code,
        0
    );
    assert_eq!(machine.server.seen_once(path).body, "");
    let free = json!({"environment": "staging", "stack": "dns", "versions": 1, "waiting": [], "overwrite_leaves": []});
    machine.server.answer(
        "GET /projects/shop/environments/staging/stacks/dns/state/detail",
        200,
        &free,
    );
    assert_eq!(
        machine.run(&["state", "unlock", "staging", "dns", "--yes"]).code,
        3
    );
}

#[test]
fn a_state_is_pulled_byte_for_byte() {
    let machine = Machine::new();
    let path = "GET /projects/shop/environments/staging/stacks/network/state";
    machine.server.answer_text(path, 200, "{\"é\u{1b}\":1}");
    assert_eq!(
        machine.run(&["state", "pull", "staging", "network"]).out,
        "{\"é\u{1b}\":1}"
    );
    machine
        .server
        .answer_text(path, 204, "")
        .answer_text(path, 204, "");
    machine.run(&["state", "pull", "staging", "network"]);
    assert_eq!(machine.run(&["state", "pull", "staging", "network"]).code, 3);
}

#[test]
fn a_state_that_is_there_already_is_not_said_to_be_kept() {
    let machine = Machine::new();
    std::fs::write(machine.path("a.tfstate"), "{}").unwrap();
    let path = "POST /projects/shop/environments/staging/stacks/network/state/import";
    for (query, said, reason) in [
        ("?reason=from+a.tfstate", "nothing is written", false),
        ("?reason=moved", "the reason is not on record", true),
    ] {
        machine.server.answer(
            &format!("{path}{query}"),
            200,
            &json!({"serial": 7, "is_new": false}),
        );
        let mut arguments = vec!["state", "import", "staging", "network", "a.tfstate"];
        arguments.extend(reason.then_some(["--reason", "moved"]).into_iter().flatten());
        let ended = machine.run(&arguments);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(
            ended.error.contains("serial 7 is this very state already"),
            "{ended:?}"
        );
        assert!(ended.error.contains(said), "{ended:?}");
    }
}

#[test]
fn what_cannot_be_read_is_told_with_what_to_do() {
    let machine = Machine::new();
    let error = |arguments: &[&str], token_file: Option<&str>| {
        let mut command = machine.command(arguments);
        if let Some(file) = token_file {
            command
                .env_remove("LOCKKEEPER_TOKEN")
                .env("LOCKKEEPER_TOKEN_FILE", file);
        }
        let ended = finished(command);
        assert_ne!(ended.code, 0, "{ended:?}");
        ended.error
    };
    std::fs::create_dir(machine.path("folder")).unwrap();
    for (arguments, token_file, expected) in [
        (
            &["whoami"][..],
            Some("no.token"),
            "hint: LOCKKEEPER_TOKEN_FILE names that file",
        ),
        (&["plan", "inspect", "folder"], None, "folder is a folder"),
        (
            &["plan", "inspect", "folder"],
            None,
            "terraform show -json tfplan > plan.json",
        ),
        (
            &["plan", "inspect", "no.json"],
            None,
            "terraform show -json tfplan > plan.json",
        ),
        (
            &["state", "import", "staging", "network", "no.tfstate"],
            None,
            "--from-backend FOLDER",
        ),
        (
            &["state", "import", "staging", "network", "folder"],
            None,
            "--from-backend FOLDER",
        ),
    ] {
        let error = error(arguments, token_file);
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let machine = Machine::new();
    let mut child = machine.command(&["completion", "bash"]).spawn().unwrap();
    drop(child.stdout.take());
    std::thread::sleep(Duration::from_millis(10));
    let ended = ended(child);
    assert_eq!((ended.code, ended.error.as_str()), (0, ""));
}

#[test]
fn configuration_mistakes_have_a_place() {
    let machine = Machine::new();
    std::fs::create_dir(machine.path(".lockkeeper")).unwrap();
    assert_eq!(machine.run(&["config", "check"]).code, 3);
    std::fs::write(
        machine.path(".lockkeeper/project.toml"),
        "[stacks.network]\nfolder = 7\n",
    )
    .unwrap();
    let ended = machine.run(&["config", "check"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.out.contains(".lockkeeper/project.toml:2:"), "{ended:?}");
    let found = machine
        .run(&["config", "check", ".lockkeeper/project.toml", "--json"])
        .json();
    assert_eq!(
        (&found["valid"], &found["files"][0]["problems"][0]["line"]),
        (&json!(false), &json!(2))
    );
    std::fs::write(machine.path("production.toml"), "[terraform]\ntool = 7\n").unwrap();
    let ended = machine.run(&["config", "check", "production.toml"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.out.contains("terraform.tool"),
        "a server's file may have any name: {ended:?}"
    );
    assert!(machine.server.seen().is_empty());
}

#[test]
fn whoever_looks_for_backups_makes_no_folder() {
    let machine = Machine::new();
    let ended = machine.run(&["backup", "list", "--from", "not-mounted"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(
        ended.error.contains("there is no folder not-mounted"),
        "{ended:?}"
    );
    assert!(!machine.path("not-mounted").exists());
}

#[test]
fn a_plan_is_read_without_a_server() {
    let machine = Machine::new();
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.9.5",
        "planned_values": {"root_module": {}},
        "resource_changes": [{
            "address": "aws_db_instance.main", "mode": "managed", "type": "aws_db_instance", "name": "main",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": ["delete"], "before": {"password": "hunter2"}, "after": null,
                "before_sensitive": {"password": true}, "after_sensitive": false, "after_unknown": {}},
        }],
        "configuration": {"root_module": {}},
    });
    std::fs::write(machine.path("plan.json"), plan.to_string()).unwrap();
    let ended = machine.run(&["plan", "inspect", "plan.json", "--full"]);
    assert_eq!((ended.code, ended.error.as_str()), (0, ""), "{ended:?}");
    assert!(
        ended.out.contains("0 to add, 0 to change, 1 to destroy"),
        "{ended:?}"
    );
    assert!(ended.out.starts_with("high risk"), "{ended:?}");
    assert!(ended.out.contains("-   aws_db_instance.main"), "{ended:?}");
    assert!(!ended.out.contains("hunter2"), "{ended:?}");
    assert_eq!(
        machine.run(&["plan", "inspect", "plan.json", "--json"]).json()["class"],
        "high"
    );
    let ended = machine.run(&["plan", "inspect", "plan.json", "--markdown"]);
    assert!(ended.out.starts_with("### high risk"), "{ended:?}");
    assert_eq!(
        machine
            .run(&["plan", "inspect", "plan.json", "--markdown", "--json"])
            .code,
        2
    );
    assert!(machine.server.seen().is_empty());
}

#[test]
fn what_is_no_plan_is_refused() {
    let machine = Machine::new();
    std::fs::write(
        machine.path("state.json"),
        r#"{"version": 4, "serial": 1, "lineage": "x"}"#,
    )
    .unwrap();
    let ended = machine.run(&["plan", "inspect", "state.json"]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{ended:?}");
    assert!(ended.error.starts_with("error: the input is "), "{ended:?}");
    let ended = machine.run(&["plan", "inspect", "-", "--json"]);
    assert_eq!(
        (ended.code, &ended.json()["type"]),
        (2, &json!("urn:lockkeeper:problem:plan-empty"))
    );
    assert_eq!(machine.run(&["plan", "inspect", "missing.json"]).code, 3);
}
