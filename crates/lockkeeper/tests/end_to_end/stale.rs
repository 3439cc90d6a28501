//! Stale plans never run.

use crate::world::World;

#[test]
fn a_plan_made_stale_by_another_apply_is_planned_anew_and_stopped_when_it_does_something_else() {
    made_stale(&World::new());
}

/// A plan that another apply makes stale.
pub fn made_stale(world: &World) {
    world.establish();
    let first = world.propose_edit("first", "\"one\"", "\"two\"")["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let second = world.propose_edit("second", "\"one\"", "\"three\"")["key"]
        .as_str()
        .unwrap()
        .to_owned();
    for key in [&first, &second] {
        world.run("bob", &["change", "approve", key]).code(0);
    }
    world.apply(&first, "staging").code(0);
    // The second was approved for one -> three, and would now do two -> three.
    let ended = world.apply(&second, "staging").code(1);
    assert!(ended.error.contains("stale"), "{ended:?}");
    let stage = world.stage(&second, "staging");
    assert_eq!(stage["status"], "planned", "{stage:#}");
    let void = stage["approvals"][0]["void"].as_str().unwrap();
    assert!(
        void.contains("does something else") && void.contains("settings"),
        "{void}"
    );
    world.apply(&second, "staging").code(5);
    world.run("bob", &["change", "approve", &second]).code(0);
    world.apply(&second, "staging").code(0);
    let state = world
        .run("alice", &["state", "pull", "staging", "network"])
        .code(0)
        .json();
    assert_eq!(state["outputs"]["settings"]["value"], "three");
}

#[test]
fn a_stale_plan_that_still_does_the_same_goes_on() {
    let stack = format!(
        "{}\nresource \"terraform_data\" \"other\" {{\n  input = \"a\"\n}}\n",
        crate::world::STACK
    );
    let world = World::with(crate::world::PROJECT, &stack);
    world.establish();
    let edit = |branch: &str, from: &str, to: &str| {
        let text = stack.replace(from, to);
        let files = [
            ("environments/staging/network/main.tf", text.as_str()),
            ("environments/production/network/main.tf", &text),
        ];
        world.propose(branch, &files)["key"].as_str().unwrap().to_owned()
    };
    let wanted = edit("wanted", "\"one\"", "\"two\"");
    world.run("bob", &["change", "approve", &wanted]).code(0);
    // Another change writes the state in between, and undoes itself again.
    let other = edit("other", "\"a\"", "\"b\"");
    world.run("bob", &["change", "approve", &other]).code(0);
    world.apply(&other, "staging").code(0);
    let back = world
        .run(
            "alice",
            &["change", "rollback", &other, "--environment", "staging", "--json"],
        )
        .code(0)
        .json();
    let back = back["key"].as_str().unwrap();
    world.wait_for(back, "staging", "planned");
    world.run("bob", &["change", "approve", back]).code(0);
    world.apply(back, "staging").code(0);
    assert_eq!(world.change(&other)["status"], "rolled-back");

    let ended = world.apply(&wanted, "staging").code(0);
    assert!(
        ended.error.contains("does the same as the approved one"),
        "{ended:?}"
    );
}
