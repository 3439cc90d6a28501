//! One clear sentence each, a hint, the right exit code, and nothing half-written.

use crate::world::{PROJECT, STACK, World};

fn propose<'a>(stack: &'a str, reference: &'a str) -> [&'a str; 8] {
    [
        "change", "propose", "--stack", stack, "--ref", reference, "--title", "bad",
    ]
}

#[test]
fn what_does_not_exist() {
    let world = World::new();
    let commit = world.run("alice", &propose("network", "no-such-branch")).code(2);
    assert!(
        commit.error.contains("no such branch, tag or commit"),
        "{commit:?}"
    );
    let stack = world.run("alice", &propose("storage", "main")).code(3);
    assert!(
        stack.error.contains("no stack `storage`") && stack.error.contains("network"),
        "{stack:?}"
    );
    world.run("alice", &["change", "show", "INFRA-99"]).code(3);
    let key = world.run("alice", &["change", "show", "nonsense"]).code(2);
    assert!(
        key.error.contains("`nonsense` is not the key of a change"),
        "{key:?}"
    );
    let injected = world.run("alice", &propose("network", "--upload-pack=touch /tmp/x"));
    assert_ne!(injected.code, 0);
    let listed = world.run("alice", &["change", "list", "--json"]).code(0).json();
    assert_eq!(
        listed["items"].as_array().unwrap().len(),
        0,
        "something was half-written"
    );
}

#[test]
fn who_may_not() {
    let world = World::new();
    let viewer = world.run("erin", &propose("network", "main")).code(4);
    assert!(viewer.error.contains("erin may not"), "{viewer:?}");
    world.run("nobody", &["project", "list"]).code(4);
    world.run("alice", &["user", "create", "mallory"]).code(4);
    world
        .run("erin", &["state", "pull", "staging", "network"])
        .code(4);
}

#[test]
fn configurations_that_do_not_work() {
    let world = World::new();
    let folder = world.repository.path().join("environments/staging/network");
    assert!(folder.exists());
    let broken = world.propose(
        "broken",
        &[
            (
                "environments/staging/network/main.tf",
                "resource \"terraform_data\" {",
            ),
            (
                "environments/production/network/main.tf",
                &STACK.replace("terraform_data.settings.output", "terraform_data.nothing.output"),
            ),
        ],
    );
    for stage in broken["stages"].as_array().unwrap() {
        assert_eq!(stage["status"], "plan-failed", "{stage:#}");
        assert!(
            stage["message"].as_str().unwrap().contains("main.tf"),
            "{stage:#}"
        );
        assert!(stage["next_step"].is_string(), "{stage:#}");
    }
    let key = broken["key"].as_str().unwrap();
    world.apply(key, "staging").code(5);
    world.run("alice", &["change", "cancel", key]).code(0);
}

#[test]
fn a_folder_that_is_no_stack_and_a_configuration_with_mistakes() {
    let world = World::new();
    world.repository.branch("empty");
    world.repository.commit(
        &[(
            ".lockkeeper/project.toml",
            &PROJECT.replace("/network", "/nothing"),
        )],
        "empty",
    );
    let ended = world.run("alice", &propose("network", "empty")).code(2);
    assert!(
        ended.error.contains("no configuration") && ended.error.contains("environments/staging/nothing"),
        "{ended:?}"
    );
    world.repository.branch("mistake");
    world.repository.commit(
        &[(".lockkeeper/project.toml", "[stacks.network]\nfoldr = \"x\"\n")],
        "mistake",
    );
    let ended = world.run("alice", &propose("network", "mistake")).code(2);
    assert!(ended.error.contains("line 2"), "{ended:?}");
}

#[test]
fn a_tool_that_is_missing() {
    let world = World::started(
        PROJECT,
        STACK,
        &[("LOCKKEEPER_TERRAFORM_TOOL", "/nowhere/terraform")],
        None,
    );
    let change = world
        .run("alice", &[&propose("network", "main")[..], &["--json"]].concat())
        .json();
    let stage = &change["stages"][0];
    assert_eq!(stage["status"], "plan-failed", "{change:#}");
    assert!(
        stage["message"].as_str().unwrap().contains("/nowhere/terraform"),
        "{stage:#}"
    );
}

#[test]
fn a_secret_in_the_code_shuts_the_gate_and_is_not_shown() {
    let world = World::new();
    let secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let text = format!("{STACK}\nlocals {{\n  token = \"{secret}\"\n}}\n");
    let change = world.propose("leak", &[("environments/staging/network/main.tf", &text)]);
    let gates = change["stages"][0]["gates"].as_array().unwrap();
    let gate = gates.iter().find(|gate| gate["gate"] == "check-secrets").unwrap();
    assert_eq!(gate["open"], false, "{gate:#}");
    assert!(!change.to_string().contains(secret));
}

#[test]
fn a_lock_that_somebody_holds() {
    let world = World::new();
    let address = format!(
        "{}/api/v1/projects/shop/environments/staging/stacks/network/state",
        world.address()
    );
    crate::state_service::request(
        &world,
        "dave",
        "LOCK",
        &address,
        br#"{"ID":"held-by-dave","Who":"dave@laptop","Operation":"OperationTypeApply"}"#,
    );
    let change = world
        .run("alice", &[&propose("network", "main")[..], &["--json"]].concat())
        .json();
    let stage = &change["stages"][0];
    assert_eq!(stage["status"], "plan-failed", "{stage:#}");
    assert!(stage["message"].as_str().unwrap().contains("locked"), "{stage:#}");
    let gates = stage["gates"].as_array().unwrap();
    let gate = gates.iter().find(|gate| gate["gate"] == "state-lock").unwrap();
    assert!(gate["reason"].as_str().unwrap().contains("dave"), "{gate:#}");
}
