//! The main job: from a commit through staging to production.

use serde_json::Value;

use crate::world::World;

fn gate<'a>(stage: &'a Value, name: &str) -> &'a Value {
    let gates = stage["gates"].as_array().unwrap();
    gates
        .iter()
        .find(|gate| gate["gate"] == name)
        .unwrap_or_else(|| panic!("no gate {name}: {stage:#}"))
}

#[test]
fn from_commit_to_production() {
    story(&World::new());
}

/// From a commit to production.
pub fn story(world: &World) {
    world.establish();
    let change = world.propose_edit("edit", "\"one\"", "\"two\"");
    let key = change["key"].as_str().unwrap();
    assert_eq!(change["class"], "medium", "{change:#}");
    let staging = &change["stages"][0];
    assert_eq!(staging["plan"]["summary"], "0 to add, 1 to change, 0 to destroy");
    assert_eq!(gate(staging, "approvals")["open"], false);
    assert!(
        gate(staging, "approvals")["to_open"]
            .as_str()
            .unwrap()
            .contains("lockkeeper change approve")
    );
    assert_eq!(gate(&change["stages"][1], "promotion")["open"], false);

    // Nobody approves their own change above low, and shut gates stay shut.
    let own = world.run("alice", &["change", "approve", key]).code(4);
    assert!(own.error.contains("your own change"), "{own:?}");
    let early = world.apply(key, "staging").code(5);
    assert!(early.error.contains("gate"), "{early:?}");

    world
        .run(
            "bob",
            &[
                "change",
                "approve",
                key,
                "--role",
                "devops-lead",
                "--comment",
                "fine",
            ],
        )
        .code(0);
    world.apply(key, "production").code(5);
    let applied = world.apply(key, "staging").code(0);
    assert!(applied.error.contains("Apply complete"), "{applied:?}");
    let early = world.run("alice", &["change", "close", key]).code(5);
    assert!(early.error.contains("it is planned in production"), "{early:?}");
    world.apply(key, "production").code(0);
    world.run("alice", &["change", "close", key]).code(0);
    assert_eq!(world.change(key)["status"], "closed");

    let versions = world
        .run("alice", &["state", "versions", "production", "network", "--json"])
        .code(0)
        .json();
    assert_eq!(versions["items"].as_array().unwrap().len(), 2, "{versions:#}");
    let pulled = world
        .run("alice", &["state", "pull", "production", "network"])
        .code(0)
        .json();
    assert_eq!(pulled["outputs"]["settings"]["value"], "two");

    let verified = world.run("alice", &["audit", "verify", "--json"]).code(0).json();
    assert_eq!(verified["intact"], true);
    let text = world.run("alice", &["audit", "list", "--json"]).code(0).out;
    for action in [
        "change.propose",
        "change.approve",
        "change.applied",
        "change.verified",
        "change.close",
        "state.write",
        "state.lock",
    ] {
        assert!(text.contains(action), "{action} is not in the audit log");
    }
}

#[test]
fn a_high_change_needs_two_people_and_a_window() {
    let world = World::new();
    world.establish();
    let change = world.propose_edit(
        "replace",
        "input = \"one\"",
        "input            = \"one\"\n  triggers_replace = \"x\"",
    );
    let key = change["key"].as_str().unwrap();
    assert_eq!(change["class"], "high", "{change:#}");
    world.run("bob", &["change", "approve", key]).code(0);
    let twice = world.run("bob", &["change", "approve", key]).code(5);
    assert!(twice.error.contains("already"), "{twice:?}");
    world.apply(key, "staging").code(5);
    world
        .run("carol", &["change", "approve", key, "--role", "security"])
        .code(0);
    world.apply(key, "staging").code(0);
    let stage = world.stage(key, "production");
    for name in [
        "window",
        "board",
        "check-on-call-notified",
        "check-communication-sent",
    ] {
        assert_eq!(gate(&stage, name)["open"], false, "{name}");
    }
    for name in ["approvals", "promotion", "rollback", "plan"] {
        assert_eq!(gate(&stage, name)["open"], true, "{name}");
    }
    let refused = world.apply(key, "production").code(5);
    assert!(refused.error.contains("window"), "{refused:?}");
    world
        .run("alice", &["change", "tick", key, "on-call-notified"])
        .code(0);
    assert_eq!(
        gate(&world.stage(key, "production"), "check-on-call-notified")["open"],
        true
    );
    assert_ne!(world.run("alice", &["change", "tick", key, "fmt"]).code, 0);
}

#[test]
fn production_alone_does_not_get_around_staging() {
    let world = World::new();
    world.establish();
    let text = crate::world::STACK.replace("one", "two");
    world.repository.branch("sneak");
    world
        .repository
        .commit(&[("environments/production/network/main.tf", &text)], "sneak");
    let propose = [
        "change",
        "propose",
        "--stack",
        "network",
        "--ref",
        "sneak",
        "--title",
        "sneak",
        "--environment",
        "production",
        "--json",
    ];
    let change = world.run("alice", &propose).code(0).json();
    assert_eq!(
        gate(&change["stages"][0], "promotion")["open"],
        false,
        "{change:#}"
    );
}

#[test]
fn a_commit_cannot_loosen_its_own_gates() {
    let world = World::new();
    world.establish();
    let loose = format!(
        "{}\n[policy.medium]\napprovals = 0\nself_approval = true\n",
        crate::world::PROJECT
    );
    let text = crate::world::STACK.replace("one", "two");
    let change = world.propose(
        "loose",
        &[
            (".lockkeeper/project.toml", &loose),
            ("environments/staging/network/main.tf", &text),
        ],
    );
    let key = change["key"].as_str().unwrap();
    world.apply(key, "staging").code(5);
}

#[test]
fn a_scheduled_apply_waits_and_can_be_withdrawn() {
    let world = World::new();
    let arguments = [
        "change", "propose", "--stack", "network", "--ref", "main", "--title", "first", "--json",
    ];
    let key = world.run("alice", &arguments).code(0).json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    world.run("alice", &["change", "approve", &key]).code(0);
    let at = [
        "change",
        "apply",
        &key,
        "--environment",
        "staging",
        "--at",
        "2099-01-01T00:00:00Z",
        "--json",
    ];
    let run = world.run("alice", &at).code(0).json();
    assert_eq!(run["status"], "queued");
    assert_eq!(world.stage(&key, "staging")["status"], "scheduled");
    world.apply(&key, "staging").code(5);
    world
        .run("alice", &["run", "cancel", run["id"].as_str().unwrap()])
        .code(0);
    assert_eq!(world.stage(&key, "staging")["status"], "planned");
    world.apply(&key, "staging").code(0);
}
