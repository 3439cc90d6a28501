//! Two at once.

use crate::world::{World, ended};

#[test]
fn of_two_applies_at_once_one_runs() {
    two_applies(&World::new());
}

#[test]
fn of_ten_approvals_at_once_by_one_person_one_counts() {
    ten_approvals(&World::new());
}

/// Applies the same change four times at once.
pub fn two_applies(world: &World) {
    world.establish();
    let key = world.propose_edit("edit", "\"one\"", "\"two\"")["key"]
        .as_str()
        .unwrap()
        .to_owned();
    world.run("bob", &["change", "approve", &key]).code(0);
    let applies: Vec<_> = (0..4)
        .map(|_| world.begin("alice", &["change", "apply", &key, "--environment", "staging"]))
        .collect();
    let codes: Vec<i32> = applies
        .into_iter()
        .map(|child| ended(child.wait_with_output().unwrap()).code)
        .collect();
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
    assert!(codes.iter().all(|code| matches!(code, 0 | 5)), "{codes:?}");
    world.wait_for(&key, "staging", "verified");
    let runs = world
        .run("alice", &["run", "list", "--change", &key, "--json"])
        .code(0)
        .json();
    let applies = runs["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|run| run["kind"] == "apply")
        .count();
    assert_eq!(applies, 1);
}

/// Approves the same plan ten times at once.
pub fn ten_approvals(world: &World) {
    world.establish();
    let change = world.propose_edit(
        "replace",
        "input = \"one\"",
        "input            = \"one\"\n  triggers_replace = \"x\"",
    );
    let key = change["key"].as_str().unwrap().to_owned();
    let approve = ["change", "approve", &key, "--environment", "staging"];
    let approvals: Vec<_> = (0..10).map(|_| world.begin("bob", &approve)).collect();
    let codes: Vec<i32> = approvals
        .into_iter()
        .map(|child| ended(child.wait_with_output().unwrap()).code)
        .collect();
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
    assert_eq!(
        world.stage(&key, "staging")["approvals"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    world.apply(&key, "staging").code(5);
}

#[test]
fn runs_of_one_state_come_one_after_the_other() {
    let world = World::new();
    world.establish();
    let keys: Vec<String> = (0..3)
        .map(|number| {
            let branch = format!("edit-{number}");
            world.propose_edit(&branch, "\"one\"", &format!("\"{number}\""))["key"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let text = world.run("alice", &["run", "list", "--json"]).code(0).json();
    let mut spans: Vec<(String, String)> = text["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|run| run["environment"] == "staging")
        .map(|run| {
            (
                run["started_at"].as_str().unwrap().to_owned(),
                run["finished_at"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    spans.sort();
    assert!(spans.len() >= keys.len());
    assert!(
        spans.windows(2).all(|pair| pair[0].1 <= pair[1].0),
        "two runs of one state overlapped: {spans:?}"
    );
}
