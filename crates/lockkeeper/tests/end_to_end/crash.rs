//! The server is killed in the middle.

use std::time::{Duration, Instant};

use crate::world::{PROJECT, STACK, World};

/// A stack that takes its time, and leaves a line each time it is applied.
pub fn slow(mark: &std::path::Path, seconds: u32) -> String {
    format!(
        "{STACK}\nresource \"terraform_data\" \"slow\" {{\n  provisioner \"local-exec\" {{\n    command = \"echo applied >> '{}'; sleep {seconds}\"\n  }}\n}}\n",
        mark.display()
    )
}

#[test]
fn a_run_whose_server_was_killed_is_interrupted_and_nothing_is_applied_twice() {
    let marks = tempfile::tempdir().unwrap();
    let mark = marks.path().join("mark");
    let mut world = World::with(PROJECT, &slow(&mark, 5));
    let propose = [
        "change", "propose", "--stack", "network", "--ref", "main", "--title", "slow", "--json",
    ];
    let key = world.run("alice", &propose).code(0).json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    world.run("alice", &["change", "approve", &key]).code(0);
    let run = world
        .run(
            "alice",
            &["change", "apply", &key, "--environment", "staging", "--json"],
        )
        .code(0)
        .json();
    let run = run["id"].as_str().unwrap().to_owned();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !mark.exists() {
        assert!(Instant::now() < deadline, "the apply did not begin");
        std::thread::sleep(Duration::from_millis(50));
    }
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
fn a_run_can_be_cancelled_in_the_middle() {
    let marks = tempfile::tempdir().unwrap();
    let mark = marks.path().join("mark");
    let world = World::with(PROJECT, &slow(&mark, 60));
    let propose = [
        "change", "propose", "--stack", "network", "--ref", "main", "--title", "slow", "--json",
    ];
    let key = world.run("alice", &propose).code(0).json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    world.run("alice", &["change", "approve", &key]).code(0);
    let run = world
        .run(
            "alice",
            &["change", "apply", &key, "--environment", "staging", "--json"],
        )
        .code(0)
        .json();
    let run = run["id"].as_str().unwrap().to_owned();
    while !mark.exists() {
        std::thread::sleep(Duration::from_millis(50));
    }
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
