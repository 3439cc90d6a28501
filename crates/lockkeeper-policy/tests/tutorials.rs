//! The policies that newcomers write first, in both versions of Rego: the score of a plan, as OPA's
//! Terraform tutorial has it, and Conftest's prefixes of types and required tags.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use lockkeeper_policy::{Asked, Namespaces, PolicyInput, PolicySet};
use serde_json::{Value, json};
use support::{denied, messages, plan, tests};

/// The score adds up weights by type and action; without any change of `aws_iam` and below 30 it passes.
const SCORE_1: &str = r#"package terraform.analysis

import input as tfplan

# What a plan may score.
limit := 30

weights := {
    "aws_autoscaling_group": {"delete": 100, "create": 10, "modify": 1},
    "aws_instance": {"delete": 10, "create": 1, "modify": 1},
}

types := {"aws_autoscaling_group", "aws_instance", "aws_iam", "aws_launch_configuration"}

default authz := false

authz if {
    score < limit
    not touches_iam
}

score := s if {
    all_scores := [x |
        some resource_type, crud in weights

        del := crud.delete * deletes[resource_type]
        new := crud.create * creates[resource_type]
        mod := crud.modify * updates[resource_type]
        x := (del + new) + mod
    ]
    s := sum(all_scores)
}

touches_iam if {
    found := resources.aws_iam
    count(found) > 0
}

resources[resource_type] := found if {
    some resource_type, _ in types

    found := [resource |
        some resource in tfplan.resource_changes
        resource.type == resource_type
    ]
}

creates[resource_type] := number if {
    some resource_type, _ in types
    number := count([r | some r in resources[resource_type]; "create" in r.change.actions])
}

deletes[resource_type] := number if {
    some resource_type, _ in types
    number := count([r | some r in resources[resource_type]; "delete" in r.change.actions])
}

updates[resource_type] := number if {
    some resource_type, _ in types
    number := count([r | some r in resources[resource_type]; "update" in r.change.actions])
}
"#;

/// The same before Rego 1.0.
const SCORE_0: &str = r#"package terraform.analysis

import input as tfplan

limit = 30

weights = {
    "aws_autoscaling_group": {"delete": 100, "create": 10, "modify": 1},
    "aws_instance": {"delete": 10, "create": 1, "modify": 1}
}

types = {"aws_autoscaling_group", "aws_instance", "aws_iam", "aws_launch_configuration"}

default authz = false
authz {
    score < limit
    not touches_iam
}

score = s {
    all := [ x |
            some resource_type
            crud := weights[resource_type];
            del := crud["delete"] * deletes[resource_type];
            new := crud["create"] * creates[resource_type];
            mod := crud["modify"] * updates[resource_type];
            x := del + new + mod
    ]
    s := sum(all)
}

touches_iam {
    all := resources["aws_iam"]
    count(all) > 0
}

resources[resource_type] = all {
    some resource_type
    types[resource_type]
    all := [resource |
        resource:= tfplan.resource_changes[_]
        resource.type == resource_type
    ]
}

creates[resource_type] = num {
    some resource_type
    types[resource_type]
    all := resources[resource_type]
    found := [res |  res:= all[_]; res.change.actions[_] == "create"]
    num := count(found)
}

deletes[resource_type] = num {
    some resource_type
    types[resource_type]
    all := resources[resource_type]
    found := [res |  res:= all[_]; res.change.actions[_] == "delete"]
    num := count(found)
}

updates[resource_type] = num {
    some resource_type
    types[resource_type]
    all := resources[resource_type]
    found := [res |  res:= all[_]; res.change.actions[_] == "update"]
    num := count(found)
}
"#;

fn authorised(policy: &str, plan: &Value) -> bool {
    let set = PolicySet::load(&[("terraform.rego", policy)]).unwrap_or_else(|problems| panic!("{problems}"));
    let asked = Asked {
        namespaces: Namespaces::Main,
        decisions: vec!["terraform/analysis/authz".to_owned()],
    };
    let input = PolicyInput::of_plan(plan.to_string().as_bytes()).unwrap();
    set.evaluate(&input, &asked)
        .unwrap_or_else(|error| panic!("{error}"))
        .is_open()
}

#[test]
fn the_score_decides() {
    let small = plan(&[
        ("aws_autoscaling_group.asg", "aws_autoscaling_group", &["create"]),
        ("aws_instance.web", "aws_instance", &["update"]),
        (
            "aws_launch_configuration.web",
            "aws_launch_configuration",
            &["create"],
        ),
    ]);
    let large = plan(&[
        ("aws_autoscaling_group.a", "aws_autoscaling_group", &["create"]),
        ("aws_autoscaling_group.b", "aws_autoscaling_group", &["create"]),
        ("aws_autoscaling_group.c", "aws_autoscaling_group", &["create"]),
    ]);
    let replaced = plan(&[(
        "aws_autoscaling_group.a",
        "aws_autoscaling_group",
        &["delete", "create"],
    )]);
    let iam = plan(&[("aws_iam.role", "aws_iam", &["update"])]);
    for policy in [SCORE_1, SCORE_0] {
        assert!(authorised(policy, &small));
        for plan in [&large, &replaced, &iam] {
            assert!(!authorised(policy, plan));
        }
    }
}

#[test]
fn a_policy_of_ones_own_asks_the_score() {
    let own = "package main\nimport data.terraform.analysis\ndeny contains msg if {\n  not analysis.authz\n\
               \x20 msg := sprintf(\"the plan scores %d\", [analysis.score])\n}\nclass := \"high\" if analysis.score > 20\n";
    let set = PolicySet::load(&[("terraform.rego", SCORE_0), ("own.rego", own)]).unwrap();
    let plan = plan(&[("aws_autoscaling_group.a", "aws_autoscaling_group", &["delete"])]);
    let outcome = set
        .evaluate(&PolicyInput::of_redacted(plan), &Asked::default())
        .unwrap();
    assert_eq!(messages(&outcome), ["the plan scores 100"]);
    assert!(outcome.class.is_some());
}

const PREFIXES: [&str; 2] = [
    "package main\n\nforbidden := [\n\t\"google_iam\",\n\t\"google_container\",\n]\n\ndeny contains msg if {\n\
     \tcheck_resources(input.resource_changes, forbidden)\n\tbanned := concat(\", \", forbidden)\n\
     \tmsg := sprintf(\"the plan changes forbidden resources: %v\", [banned])\n}\n\n\
     check_resources(resources, prefixes) if {\n\tstartswith(resources[_].type, prefixes[_])\n}\n",
    "package main\n\nforbidden = [\n  \"google_iam\",\n  \"google_container\"\n]\n\ndeny[msg] {\n\
     \x20 check_resources(input.resource_changes, forbidden)\n  banned := concat(\", \", forbidden)\n\
     \x20 msg = sprintf(\"the plan changes forbidden resources: %v\", [banned])\n}\n\n\
     check_resources(resources, prefixes) {\n  startswith(resources[_].type, prefixes[_])\n}\n",
];

#[test]
fn types_are_forbidden_by_prefix() {
    for policy in PREFIXES {
        let forbidden = plan(&[(
            "google_container_cluster.a",
            "google_container_cluster",
            &["create"],
        )]);
        assert_eq!(
            denied(policy, forbidden),
            ["the plan changes forbidden resources: google_iam, google_container"]
        );
        assert!(denied(policy, plan(&[("aws_vpc.a", "aws_vpc", &["create"])])).is_empty());
    }
}

const TAGS: &str = "package main\n\nimport rego.v1\n\nrequired_tags := {\"environment\", \"owner\"}\n\n\
    missing_tags(resource) := {tag | some tag in required_tags; not resource.change.after.tags[tag]}\n\n\
    deny contains msg if {\n\tsome resource in input.resource_changes\n\tstartswith(resource.type, \"aws_\")\n\
    \tmissing := missing_tags(resource)\n\tcount(missing) > 0\n\
    \tmsg := sprintf(\"%s lacks tags: %s\", [resource.address, concat(\", \", missing)])\n}\n";

#[test]
fn tags_are_required() {
    let plan = plan(&[
        ("aws_vpc.a", "aws_vpc", &["create"]),
        ("google_x.b", "google_x", &["create"]),
    ]);
    assert_eq!(denied(TAGS, plan), ["aws_vpc.a lacks tags: environment"]);
}

#[test]
fn policies_are_tested_beside_themselves() {
    let report = tests(&format!(
        "{TAGS}\nempty(value) if {{\n\tcount(value) == 0\n}}\n\nno_violations if {{\n\tempty(deny)\n}}\n\n\
         test_blank if {{\n\tno_violations with input as {{}}\n}}\n\n\
         test_tagged if {{\n\tno_violations with input as {{\"resource_changes\": [{{\"type\": \"aws_vpc\", \"address\": \"a\", \
         \"change\": {{\"after\": {{\"tags\": {{\"environment\": \"x\", \"owner\": \"y\"}}}}}}}}]}}\n}}\n\n\
         test_untagged if {{\n\tdeny[\"a lacks tags: owner\"] with input as {{\"resource_changes\": [{{\"type\": \"aws_vpc\", \
         \"address\": \"a\", \"change\": {{\"after\": {{\"tags\": {{\"environment\": \"x\"}}}}}}}}]}}\n}}\n"
    ));
    assert_eq!((report.passed(), report.failed()), (3, 0), "{report:#?}");
}

#[test]
fn open_ports_of_an_untouched_plan_are_seen() {
    let policy = "package main\n\ndeny_open[msg] {\n  rc := input.resource_changes[_]\n  rc.type == \"aws_security_group\"\n\
                  \x20 rule := rc.change.after.ingress[_]\n  rule.cidr_blocks[_] == \"0.0.0.0/0\"\n  rule.from_port <= 22\n  rule.to_port >= 22\n\
                  \x20 msg := sprintf(\"%s opens SSH to the world\", [rc.address])\n}\n";
    let mut plan = plan(&[("aws_security_group.a", "aws_security_group", &["update"])]);
    plan["resource_changes"][0]["change"]["after"] =
        json!({"ingress": [{"cidr_blocks": ["10.0.0.0/8", "0.0.0.0/0"], "from_port": 0, "to_port": 65535}]});
    assert_eq!(
        denied(policy, plan),
        ["aws_security_group.a opens SSH to the world"]
    );
}
