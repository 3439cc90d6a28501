//! Verification, and the way back.

use crate::world::{PROJECT, STACK, World};

fn project(automatic: bool) -> String {
    format!(
        "{PROJECT}automatic_rollback = {automatic}\n[stacks.network.verification]\ndeadline = \"2s\"\ninterval = \"200ms\"\nprobes = [{{ command = [\"./smoke.sh\"] }}, {{ output = \"settings\", equals = \"one\" }}]\n"
    )
}

fn world(automatic: bool) -> World {
    let world = World::with(&project(automatic), STACK);
    let script = "#!/bin/sh\ntest \"$LOCKKEEPER_ENVIRONMENT\" = staging || test \"$LOCKKEEPER_ENVIRONMENT\" = production\n";
    for environment in ["staging", "production"] {
        let path = format!("environments/{environment}/network/smoke.sh");
        world.repository.commit(&[(&path, script)], "smoke");
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(world.repository.path().join(&path), permissions).unwrap();
        world.repository.commit(&[], "executable");
    }
    world.establish();
    world
}

#[test]
fn a_failed_verification_offers_the_way_back() {
    let world = world(false);
    let key = world.propose_edit("edit", "\"one\"", "\"two\"")["key"]
        .as_str()
        .unwrap()
        .to_owned();
    world.run("bob", &["change", "approve", &key]).code(0);
    let ended = world.apply(&key, "staging").code(1);
    assert!(ended.out.contains("output settings is \"one\""), "{ended:?}");
    // The last line of the log is there when the run has ended, and an output was looked at once.
    let told = ended.error.contains("Done: applied, and it does not work");
    assert!(
        told && !ended.out.contains("output settings is \"one\" ("),
        "{ended:?}"
    );
    let stage = world.stage(&key, "staging");
    assert_eq!(stage["status"], "verification-failed");
    assert!(
        stage["next_step"]
            .as_str()
            .unwrap()
            .contains("lockkeeper change rollback"),
        "{stage:#}"
    );
    world.apply(&key, "production").code(5);

    let back = world
        .run(
            "alice",
            &["change", "rollback", &key, "--why", "it does not work", "--json"],
        )
        .code(0)
        .json();
    let back = back["key"].as_str().unwrap().to_owned();
    world.wait_for(&back, "staging", "planned");
    world.run("bob", &["change", "approve", &back]).code(0);
    world.apply(&back, "staging").code(0);
    assert_eq!(world.stage(&key, "staging")["status"], "rolled-back");
    assert_eq!(world.change(&key)["status"], "rolled-back");
    let state = world
        .run("alice", &["state", "pull", "staging", "network"])
        .code(0)
        .json();
    assert_eq!(state["outputs"]["settings"]["value"], "one");
}

#[test]
fn a_stack_that_asks_for_it_rolls_back_by_itself() {
    let world = world(true);
    let key = world.propose_edit("edit", "\"one\"", "\"two\"")["key"]
        .as_str()
        .unwrap()
        .to_owned();
    world.run("bob", &["change", "approve", &key]).code(0);
    world.apply(&key, "staging").code(1);
    world.wait_for(&key, "staging", "rolled-back");
    let change = world.change(&key);
    let back = change["rolled_back_by"].as_str().unwrap();
    assert_eq!(world.change(back)["status"], "verified");
    let state = world
        .run("alice", &["state", "pull", "staging", "network"])
        .code(0)
        .json();
    assert_eq!(state["outputs"]["settings"]["value"], "one");
}

#[test]
fn there_is_nothing_to_go_back_to_before_the_first_revision() {
    let world = World::new();
    let propose = [
        "change", "propose", "--stack", "network", "--ref", "main", "--title", "first", "--json",
    ];
    let key = world.run("alice", &propose).code(0).json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let refused = world.run("alice", &["change", "rollback", &key]).code(5);
    assert!(refused.error.contains("nothing to roll back"), "{refused:?}");
    world.run("alice", &["change", "approve", &key]).code(0);
    world.apply(&key, "staging").code(0);
    let refused = world.run("alice", &["change", "rollback", &key]).code(5);
    assert!(refused.error.contains("no earlier revision"), "{refused:?}");
}

#[test]
fn the_way_back_goes_on_behind_a_rollback_that_came_by_itself() {
    let world = world(true);
    let more = format!("{STACK}\nresource \"terraform_data\" \"more\" {{\n  input = \"a\"\n}}\n");
    let files = [
        ("environments/staging/network/main.tf", more.as_str()),
        ("environments/production/network/main.tf", more.as_str()),
    ];
    let good = world.propose("more", &files)["key"].as_str().unwrap().to_owned();
    world.run("bob", &["change", "approve", &good]).code(0);
    world.apply(&good, "staging").code(0);
    world.repository.merge("more");

    let broken = more.replace("\"one\"", "\"two\"");
    let bad = world.propose(
        "bad",
        &[("environments/staging/network/main.tf", broken.as_str())],
    );
    let bad = bad["key"].as_str().unwrap().to_owned();
    world.run("bob", &["change", "approve", &bad]).code(0);
    world.apply(&bad, "staging").code(1);
    world.wait_for(&bad, "staging", "rolled-back");

    let arguments = ["change", "rollback", &good, "--environment", "staging", "--json"];
    let back = world.run("alice", &arguments).code(0).json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    world.wait_for(&back, "staging", "planned");
    world.run("bob", &["change", "approve", &back]).code(0);
    world.apply(&back, "staging").code(0);
    let state = world
        .run("alice", &["state", "pull", "staging", "network"])
        .code(0)
        .json();
    assert_eq!(state["resources"].as_array().unwrap().len(), 1, "{state:#}");
}
