//! What the project itself says about plans: policies in Rego, and a budget.

use serde_json::Value;

use crate::world::{PROJECT, STACK, World};

fn gate(stage: &Value, name: &str) -> Value {
    let gates = stage["gates"].as_array().unwrap();
    gates
        .iter()
        .find(|gate| gate["gate"] == name)
        .unwrap_or_else(|| panic!("no gate {name}: {stage:#}"))
        .clone()
}

#[test]
fn a_policy_denies_and_another_raises_the_class() {
    let world = World::new();
    let deny = "package main\n\nimport rego.v1\n\ndeny contains msg if {\n  some change in input.resource_changes\n  change.change.after.input == \"forbidden\"\n  msg := sprintf(\"%s is forbidden\", [change.address])\n}\n";
    let class = "package main\n\nimport rego.v1\n\nclass contains answer if {\n  some change in input.resource_changes\n  change.change.after.input == \"delicate\"\n  answer := {\"class\": \"high\", \"msg\": \"delicate things are high\"}\n}\n";
    world.repository.commit(
        &[
            (".lockkeeper/policies/forbidden.rego", deny),
            (".lockkeeper/policies/delicate.rego", class),
        ],
        "policies",
    );
    world.establish();

    let change = world.propose_edit("forbidden", "\"one\"", "\"forbidden\"");
    let shut = gate(&change["stages"][0], "check-policies");
    assert_eq!(shut["open"], false, "{change:#}");
    assert!(
        shut["reason"]
            .as_str()
            .unwrap()
            .contains("terraform_data.settings is forbidden"),
        "{shut:#}"
    );

    let change = world.propose_edit("delicate", "\"one\"", "\"delicate\"");
    assert_eq!(change["class"], "high", "{change:#}");
    assert_eq!(gate(&change["stages"][0], "check-policies")["open"], true);

    // A policy that does not run has allowed nothing.
    world.repository.commit(
        &[(
            ".lockkeeper/policies/broken.rego",
            "package main\n\ndeny contains {\n",
        )],
        "broken",
    );
    let change = world.propose_edit("other", "\"one\"", "\"other\"");
    let shut = gate(&change["stages"][0], "check-policies");
    assert_eq!(shut["open"], false, "{change:#}");
    assert!(
        shut["reason"].as_str().unwrap().contains("broken.rego"),
        "{shut:#}"
    );
}

#[test]
fn a_budget_is_looked_at() {
    let project = format!("{PROJECT}\n[environments.staging]\nbudget = \"10 USD\"\n");
    let world = World::with(&project, STACK);
    let propose = [
        "change", "propose", "--stack", "network", "--ref", "main", "--title", "first", "--json",
    ];
    let change = world.run("alice", &propose).code(0).json();
    assert_eq!(
        gate(&change["stages"][0], "check-budget")["open"],
        true,
        "{change:#}"
    );
}

#[test]
fn a_secret_under_its_name_is_not_in_the_log() {
    let world = World::new();
    let text = STACK
        .replace("input = \"one\"", "input = { password = var.release }")
        .replace("default = \"1\"", "default = \"correct-horse-battery\"");
    let change = world.propose("named", &[("environments/staging/network/main.tf", &text)]);
    let run = change["stages"][0]["run"].as_str().unwrap();
    let log = world.run("alice", &["run", "logs", run]).code(0).out;
    assert!(
        log.contains("password") && !log.contains("correct-horse-battery"),
        "{log}"
    );
}
