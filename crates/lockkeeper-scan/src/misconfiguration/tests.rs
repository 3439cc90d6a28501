//! Every rule finds what it is for, in objects as providers show them, and lets the good ones pass.

mod kubernetes;

use std::collections::BTreeSet;

use lockkeeper_domain::effect::{Action, AttributeChange, AttributeValue};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const PRODUCTION: Surroundings = Surroundings {
    tier: Some(Tier::Production),
};
const STAGING: Surroundings = Surroundings {
    tier: Some(Tier::Staging),
};

fn change(path: &str, after: AttributeValue) -> AttributeChange {
    AttributeChange::new(path, AttributeValue::Absent, after)
}

fn effect(kind: &str, action: Action, attributes: &Value) -> Effect {
    let mut effect = Effect::new(&format!("{kind}.it"), kind, "p", action);
    let attributes = attributes.as_object().unwrap().iter();
    effect.attributes = attributes
        .map(|(key, value)| change(key, AttributeValue::Known(value.clone())))
        .collect();
    effect
}

fn rules_of(effects: &[Effect], surroundings: Surroundings) -> Vec<String> {
    scan(effects, surroundings)
        .into_iter()
        .map(|finding| finding.rule)
        .collect()
}

fn created(kind: &str, attributes: Value) -> Vec<String> {
    rules_of(&[effect(kind, Action::Create, &attributes)], PRODUCTION)
}

fn updated(kind: &str, attributes: Value) -> Vec<String> {
    rules_of(&[effect(kind, Action::Update, &attributes)], PRODUCTION)
}

fn ingress(from: i64, to: i64, protocol: &str, range: &str) -> Value {
    json!({"ingress": [{"from_port": from, "to_port": to, "protocol": protocol, "cidr_blocks": [range], "ipv6_cidr_blocks": []}]})
}

/// An update of which the plan also shows what stays as it is beside the changes.
fn updated_beside(kind: &str, attributes: Value, context: Value) -> Vec<String> {
    let mut effect = effect(kind, Action::Update, &attributes);
    let context = context.as_object().unwrap().iter();
    effect.context = context.map(|(key, value)| (key.clone(), value.clone())).collect();
    rules_of(&[effect], PRODUCTION)
}

#[test]
fn what_stays_as_it_is_says_what_a_change_opens() {
    let ports = |port: i64| json!({"from_port": port, "to_port": port, "ip_protocol": "tcp"});
    let opened = json!({"cidr_ipv4": "0.0.0.0/0"});
    let kind = "aws_vpc_security_group_ingress_rule";
    assert_eq!(
        updated_beside(kind, opened.clone(), ports(22)),
        ["open-administration-port"]
    );
    assert!(updated_beside(kind, opened.clone(), ports(443)).is_empty());
    assert_eq!(
        updated_beside(kind, ports(3389), opened),
        ["open-administration-port"]
    );
    assert_eq!(
        updated_beside(
            "azurerm_network_security_group",
            json!({"security_rule[1].source_address_prefix": "*"}),
            json!({"security_rule[1].destination_port_range": "22", "security_rule[1].direction": "Inbound", "security_rule[1].access": "Allow"}),
        ),
        ["open-administration-port"]
    );
    assert_eq!(
        updated_beside(
            "google_project_iam_binding",
            json!({"members[1]": "user:a@example.com"}),
            json!({"role": "roles/owner"}),
        ),
        ["administrator-role"]
    );
}

#[test]
fn security_groups_of_aws() {
    for (from, to, protocol, range, expected) in [
        (22, 22, "tcp", "0.0.0.0/0", vec!["open-administration-port"]),
        (5432, 5432, "tcp", "0.0.0.0/0", vec!["open-database-port"]),
        (
            20,
            4000,
            "tcp",
            "0.0.0.0/0",
            vec!["open-administration-port", "open-database-port"],
        ),
        (0, 0, "-1", "0.0.0.0/0", vec!["open-all-ports"]),
        (0, 65535, "tcp", "0.0.0.0/0", vec!["open-all-ports"]),
        (443, 443, "tcp", "0.0.0.0/0", vec![]),
        (22, 22, "tcp", "10.0.0.0/8", vec![]),
        (-1, -1, "icmp", "0.0.0.0/0", vec![]),
    ] {
        assert_eq!(
            created("aws_security_group", ingress(from, to, protocol, range)),
            expected,
            "{from} {protocol}"
        );
    }
    let wide = json!({"type": "ingress", "from_port": 3389, "to_port": 3389, "protocol": "tcp", "ipv6_cidr_blocks": ["::/0"]});
    assert_eq!(
        created("aws_security_group_rule", wide.clone()),
        ["open-administration-port"]
    );
    let mut outward = wide;
    outward["type"] = json!("egress");
    assert!(created("aws_security_group_rule", outward).is_empty());
    let rule = json!({"cidr_ipv4": "0.0.0.0/0", "from_port": 6379, "to_port": 6379, "ip_protocol": "tcp"});
    assert_eq!(
        created("aws_vpc_security_group_ingress_rule", rule),
        ["open-database-port"]
    );
    let all = json!({"cidr_ipv6": "::/0", "ip_protocol": "-1"});
    assert_eq!(
        created("aws_vpc_security_group_ingress_rule", all),
        ["open-all-ports"]
    );
}

#[test]
fn an_update_that_shows_no_ports() {
    let widened = json!({"ingress[0].cidr_blocks[1]": "0.0.0.0/0"});
    assert_eq!(updated("aws_security_group", widened), ["open-unknown-port"]);
    assert_eq!(
        updated(
            "google_compute_firewall",
            json!({"source_ranges[0]": "0.0.0.0/0"})
        ),
        ["open-unknown-port"]
    );
    assert_eq!(
        updated(
            "azurerm_network_security_rule",
            json!({"source_address_prefix": "*"})
        ),
        ["open-unknown-port"]
    );
    assert!(updated("aws_security_group", json!({"description": "x"})).is_empty());
}

#[test]
fn network_security_groups_of_azure() {
    let rule = |ports: &str, source: &str, access: &str, direction: &str| {
        json!({"direction": direction, "access": access, "protocol": "Tcp", "source_address_prefix": source,
               "destination_port_range": ports})
    };
    for (ports, source, access, direction, expected) in [
        ("22", "*", "Allow", "Inbound", vec!["open-administration-port"]),
        (
            "3380-3390",
            "Internet",
            "Allow",
            "Inbound",
            vec!["open-administration-port"],
        ),
        (
            "1433",
            "0.0.0.0/0",
            "Allow",
            "Inbound",
            vec!["open-database-port"],
        ),
        ("*", "*", "Allow", "Inbound", vec!["open-all-ports"]),
        ("22", "*", "Deny", "Inbound", vec![]),
        ("22", "*", "Allow", "Outbound", vec![]),
        ("443", "*", "Allow", "Inbound", vec![]),
        ("22", "VirtualNetwork", "Allow", "Inbound", vec![]),
    ] {
        let rule = rule(ports, source, access, direction);
        assert_eq!(
            created("azurerm_network_security_rule", rule.clone()),
            expected,
            "{rule}"
        );
        assert_eq!(
            created("azurerm_network_security_group", json!({"security_rule": [rule]})),
            expected
        );
    }
    let lists = json!({"direction": "Inbound", "access": "Allow", "protocol": "*", "source_address_prefixes": ["10.0.0.0/8", "0.0.0.0/0"],
                       "destination_port_ranges": ["443", "22"]});
    assert_eq!(
        created("azurerm_network_security_rule", lists),
        ["open-administration-port"]
    );
}

#[test]
fn firewalls_of_google() {
    let firewall =
        |allow: Value| json!({"direction": "INGRESS", "source_ranges": ["0.0.0.0/0"], "allow": [allow]});
    for (allow, expected) in [
        (
            json!({"protocol": "tcp", "ports": ["22"]}),
            vec!["open-administration-port"],
        ),
        (
            json!({"protocol": "tcp", "ports": ["80", "5000-6000"]}),
            vec!["open-administration-port", "open-database-port"],
        ),
        (json!({"protocol": "tcp", "ports": []}), vec!["open-all-ports"]),
        (json!({"protocol": "all"}), vec!["open-all-ports"]),
        (json!({"protocol": "icmp"}), vec![]),
        (json!({"protocol": "tcp", "ports": ["443"]}), vec![]),
    ] {
        assert_eq!(
            created("google_compute_firewall", firewall(allow.clone())),
            expected,
            "{allow}"
        );
    }
    for (key, value) in [
        ("direction", json!("EGRESS")),
        ("disabled", json!(true)),
        ("source_ranges", json!(["10.0.0.0/8"])),
    ] {
        let mut closed = firewall(json!({"protocol": "tcp", "ports": ["22"]}));
        closed[key] = value;
        assert!(created("google_compute_firewall", closed).is_empty(), "{key}");
    }
}

#[test]
fn firewalls_of_databases() {
    for (kind, first, last, expected) in [
        (
            "azurerm_mssql_firewall_rule",
            "0.0.0.0",
            "255.255.255.255",
            vec!["database-firewall-open"],
        ),
        (
            "azurerm_postgresql_flexible_server_firewall_rule",
            "0.0.0.0",
            "0.0.0.0",
            vec!["database-firewall-open"],
        ),
        (
            "azurerm_mssql_firewall_rule",
            "203.0.113.7",
            "203.0.113.7",
            vec![],
        ),
    ] {
        assert_eq!(
            created(kind, json!({"start_ip_address": first, "end_ip_address": last})),
            expected,
            "{kind}"
        );
    }
    let settings = |range: &str| json!({"settings": [{"backup_configuration": [{"enabled": true}], "ip_configuration": [{"authorized_networks": [{"value": range}]}]}]});
    assert_eq!(
        created("google_sql_database_instance", settings("0.0.0.0/0")),
        ["database-firewall-open"]
    );
    assert!(created("google_sql_database_instance", settings("203.0.113.0/24")).is_empty());
}

fn policy(statement: Value) -> Value {
    json!({"policy": json!({"Version": "2012-10-17", "Statement": statement}).to_string()})
}

#[test]
fn policies_of_identities() {
    for (statement, expected) in [
        (
            json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
            vec!["wildcard-permissions"],
        ),
        (
            json!({"Effect": "Allow", "Action": ["s3:Get*", "*"], "Resource": ["*"]}),
            vec!["wildcard-permissions"],
        ),
        (
            json!([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]),
            vec!["wildcard-permissions"],
        ),
        (
            json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]),
            vec!["wildcard-service-permissions"],
        ),
        (
            json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]),
            vec![],
        ),
        (
            json!([{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b"}]),
            vec![],
        ),
        (
            json!([{"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": "*"}]),
            vec![],
        ),
    ] {
        assert_eq!(
            created("aws_iam_policy", policy(statement.clone())),
            expected,
            "{statement}"
        );
        assert_eq!(
            created("aws_iam_role", json!({"inline_policy": [policy(statement)]})),
            expected
        );
    }
    assert!(created("aws_iam_policy", json!({"policy": "not JSON"})).is_empty());
    let attachment = |arn: &str| created("aws_iam_role_policy_attachment", json!({"policy_arn": arn}));
    assert_eq!(
        attachment("arn:aws:iam::aws:policy/AdministratorAccess"),
        ["administrator-role"]
    );
    assert!(attachment("arn:aws:iam::aws:policy/ReadOnlyAccess").is_empty());
}

#[test]
fn policies_of_resources() {
    let bucket = |principal: Value, condition: Value| {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "x", "Condition": condition});
        created("aws_s3_bucket_policy", policy(json!([statement])))
    };
    assert_eq!(bucket(json!("*"), json!({})), ["public-policy"]);
    assert_eq!(
        bucket(
            json!({"AWS": ["*"]}),
            json!({"Bool": {"aws:SecureTransport": "true"}})
        ),
        ["public-policy"]
    );
    assert!(bucket(json!("*"), json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})).is_empty());
    assert!(bucket(json!({"AWS": "arn:aws:iam::123456789012:root"}), json!({})).is_empty());
    let role = json!({"assume_role_policy": policy(json!([{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]))["policy"]});
    assert_eq!(created("aws_iam_role", role), ["public-policy"]);
}

#[test]
fn members_and_roles_of_google_and_azure() {
    let member = |kind: &str, role: &str, who: &str| created(kind, json!({"role": role, "member": who}));
    assert_eq!(
        member(
            "google_storage_bucket_iam_member",
            "roles/storage.objectViewer",
            "allUsers"
        ),
        ["public-member"]
    );
    assert_eq!(
        member(
            "google_cloud_run_service_iam_member",
            "roles/run.invoker",
            "allUsers"
        ),
        ["public-service"]
    );
    assert_eq!(
        member("google_project_iam_member", "roles/owner", "user:a@b.c"),
        ["administrator-role"]
    );
    assert!(member("google_project_iam_member", "roles/viewer", "user:a@b.c").is_empty());
    let document =
        json!({"bindings": [{"role": "roles/viewer", "members": ["user:a@b.c", "allAuthenticatedUsers"]}]});
    assert_eq!(
        created(
            "google_pubsub_topic_iam_policy",
            json!({"policy_data": document.to_string()})
        ),
        ["public-member"]
    );
    let assignment = |scope: &str, role: &str| {
        created(
            "azurerm_role_assignment",
            json!({"scope": scope, "role_definition_name": role}),
        )
    };
    assert_eq!(assignment("/subscriptions/x", "Owner"), ["administrator-role"]);
    assert!(assignment("/subscriptions/x/resourceGroups/y", "Owner").is_empty());
    assert!(assignment("/subscriptions/x", "Reader").is_empty());
    let definition = json!({"permissions": [{"actions": ["*"], "not_actions": []}]});
    assert_eq!(
        created("azurerm_role_definition", definition),
        ["wildcard-permissions"]
    );
}

#[test]
fn a_new_database_without_care_and_with_it() {
    let careless = json!({"engine": "postgres", "publicly_accessible": true, "skip_final_snapshot": true});
    let found = created("aws_db_instance", careless.clone());
    assert_eq!(
        found,
        [
            "aws-public-database",
            "aws-unencrypted-database",
            "aws-no-backups",
            "aws-no-deletion-protection",
            "aws-data-lost-with-object"
        ]
    );
    let elsewhere = rules_of(&[effect("aws_db_instance", Action::Create, &careless)], STAGING);
    assert_eq!(
        elsewhere,
        [
            "aws-public-database",
            "aws-unencrypted-database",
            "aws-no-backups"
        ]
    );
    let careful = json!({"storage_encrypted": true, "publicly_accessible": false, "skip_final_snapshot": false,
                         "backup_retention_period": 7, "deletion_protection": true});
    assert!(created("aws_db_instance", careful).is_empty());
    let replica = json!({"replicate_source_db": "x", "deletion_protection": true});
    assert!(created("aws_db_instance", replica).is_empty());
}

#[test]
fn what_an_update_does_not_show_is_not_judged() {
    assert!(updated("aws_db_instance", json!({"instance_class": "db.m5.large"})).is_empty());
    assert_eq!(
        updated("aws_db_instance", json!({"deletion_protection": false})),
        ["aws-no-deletion-protection"]
    );
    let mut removed = effect("aws_db_instance", Action::Update, &json!({}));
    removed.attributes = vec![change("deletion_protection", AttributeValue::Absent)];
    assert_eq!(rules_of(&[removed], PRODUCTION), ["aws-no-deletion-protection"]);
}

#[test]
fn the_unknown_is_passed_over_but_not_what_nobody_set() {
    let mut database = effect(
        "aws_rds_cluster",
        Action::Create,
        &json!({"deletion_protection": true}),
    );
    let mut encrypted = change("storage_encrypted", AttributeValue::Unknown);
    database.attributes.push(encrypted.clone());
    assert!(rules_of(&[database.clone()], PRODUCTION).is_empty());
    database.attributes.pop();
    encrypted.computed = true;
    database.attributes.push(encrypted);
    assert_eq!(rules_of(&[database], PRODUCTION), ["aws-unencrypted-database"]);
}

#[test]
fn an_object_that_is_named_production_counts_as_production() {
    let mut bucket = effect("aws_s3_bucket", Action::Create, &json!({"force_destroy": true}));
    assert!(rules_of(&[bucket.clone()], Surroundings::default()).is_empty());
    bucket.named_environment = Some(NamedEnvironment::Production);
    assert_eq!(
        rules_of(&[bucket], Surroundings::default()),
        ["aws-data-lost-with-object"]
    );
}

#[test]
fn one_finding_for_each_rule_and_object() {
    let found = scan(
        &[effect(
            "aws_s3_bucket_public_access_block",
            Action::Create,
            &json!({"block_public_acls": false}),
        )],
        STAGING,
    );
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].to_string(),
        "high: aws_s3_bucket_public_access_block.it: Protection against public buckets is off: `block_public_acls` is false; \
         `block_public_policy` is not set; `ignore_public_acls` is not set; `restrict_public_buckets` is not set \
         [aws-public-access-block-off]"
    );
}

/// An object with a value at a path of keys; a list of blocks on the way, as providers have them.
fn object(path: &str, value: &Value) -> Value {
    path.rsplit('.')
        .enumerate()
        .fold(value.clone(), |inner, (depth, key)| {
            let inner = if depth == 0 { inner } else { json!([inner]) };
            json!({ key: inner })
        })
}

/// Adds what else a condition asks for.
fn completed(mut object: Value, condition: &rule::Condition) -> Value {
    if let Some(also) = &condition.also {
        let value = also.bad.first().map_or(
            json!("1-compute@developer.gserviceaccount.com"),
            rule::Setting::value,
        );
        let other = self::object(also.attribute, &value);
        for (key, part) in other.as_object().unwrap() {
            match (&mut object[key], part) {
                (Value::Array(have), Value::Array(new)) => {
                    let (have, new) = (have[0].as_object_mut().unwrap(), new[0].as_object().unwrap());
                    have.extend(new.clone());
                }
                (place, part) => *place = part.clone(),
            }
        }
    }
    object
}

#[test]
fn every_condition_finds_each_bad_value_and_passes_another() {
    let rules = rule::built_in();
    for (rule, condition) in rules
        .rules
        .iter()
        .flat_map(|rule| rule.when.iter().map(move |condition| (rule, condition)))
    {
        for kind in condition.types {
            let found = |value: &Value| {
                let object = completed(object(condition.attribute, value), condition);
                let effect = effect(kind, Action::Update, &object);
                scan_effect(rules, &effect, PRODUCTION)
                    .iter()
                    .any(|finding| finding.rule == rule.id)
            };
            let name = format!("{} {kind} {}", rule.id, condition.attribute);
            for bad in condition.bad {
                assert!(found(&bad.value()), "{name}: {bad:?}");
            }
            if condition.missing == rule::Verdict::Bad {
                assert!(found(&Value::Null), "{name} is not set");
            }
            if let Some(least) = condition.least {
                assert!(found(&json!(least - 1)) && !found(&json!(least)), "{name}");
            }
            for beginning in condition.begins {
                assert!(
                    found(&json!(format!("{beginning}example.com"))),
                    "{name}: {beginning}"
                );
            }
            if condition.present == rule::Verdict::Bad {
                assert!(found(&json!("anything")) && !found(&Value::Null), "{name}");
                continue;
            }
            let other = condition.good.is_empty().then(|| json!("something else"));
            for good in condition.good.iter().map(rule::Setting::value).chain(other) {
                assert!(!found(&good), "{name}: {good}");
            }
            if let Some(good) = condition.good.first() {
                let other = good
                    .value()
                    .as_bool()
                    .map_or(json!("something else"), |good| json!(!good));
                assert!(found(&other), "{name}: {other}");
            }
            assert!(
                !condition.bad.is_empty()
                    || !condition.begins.is_empty()
                    || condition.least.is_some()
                    || condition.missing == rule::Verdict::Bad,
                "{name}"
            );
        }
    }
}

#[test]
fn rules_have_names_of_their_own_and_stand_in_the_documentation() {
    let page = include_str!("../../../../docs/scanning.md");
    let ids: Vec<&str> = rules().map(|rule| rule.id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    for rule in rules() {
        assert!(!crate::secrets::is_rule(rule.id), "{}", rule.id);
        assert!(
            page.contains(&format!("`{}`", rule.id)),
            "{} is missing in docs/scanning.md",
            rule.id
        );
        assert!(
            rule.explanation.ends_with('.') && rule.remediation.ends_with('.'),
            "{}",
            rule.id
        );
    }
    // Rules without conditions are looked for by code; each has a test above.
    let by_code: Vec<&str> = rule::built_in()
        .rules
        .iter()
        .filter(|rule| rule.when.is_empty())
        .map(|rule| rule.id)
        .collect();
    assert_eq!(by_code.len(), 20, "{by_code:?}");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec![
            "*",
            "0.0.0.0/0",
            "::/0",
            "tcp",
            "22",
            "{",
            "Allow",
            "-1",
            "é",
            "{\"Statement\": 1}"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let keys = prop::sample::select(vec![
            "ingress",
            "cidr_blocks",
            "from_port",
            "to_port",
            "protocol",
            "settings",
            "allow",
            "ports",
            "policy",
            "Statement",
        ]);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(keys.prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #[test]
    fn never_panics(
        kind in prop::sample::select(vec!["aws_security_group", "google_compute_firewall", "azurerm_network_security_rule",
            "aws_iam_policy", "google_sql_database_instance", "aws_security_group_rule", "google_project_iam_policy",
            "kubernetes_manifest", "kubernetes_service", "kubernetes_deployment", "github_repository_webhook"]),
        path in "[a-z_.\\[\\]0-9\"]{0,24}",
        value in value(),
        create in any::<bool>(),
    ) {
        let action = if create { Action::Create } else { Action::Update };
        let mut one = effect(kind, action, &json!({"ingress": value.clone(), "policy": value.clone(), "allow": value.clone(),
            "spec": value.clone(), "manifest": {"kind": "Service", "spec": value.clone()}}));
        one.attributes.push(change(&path, AttributeValue::Known(value)));
        scan(&[one], PRODUCTION);
    }
}
