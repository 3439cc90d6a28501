//! Policies that are written as JSON documents: those of AWS.

use serde_json::Value;

use super::Detail;
use crate::resource::{Block, Resource};

/// Attributes that hold a policy of an identity: what its holder may do.
const OF_IDENTITIES: [(&str, &str); 6] = [
    ("aws_iam_policy", "policy"),
    ("aws_iam_role_policy", "policy"),
    ("aws_iam_user_policy", "policy"),
    ("aws_iam_group_policy", "policy"),
    ("aws_iam_role", "inline_policy.policy"),
    ("aws_ssoadmin_permission_set_inline_policy", "inline_policy"),
];

/// Attributes that hold a policy of a resource: who may use it.
const OF_RESOURCES: [(&str, &str); 23] = [
    ("aws_s3_bucket", "policy"),
    ("aws_s3_bucket_policy", "policy"),
    ("aws_s3_access_point", "policy"),
    ("aws_sqs_queue", "policy"),
    ("aws_sqs_queue_policy", "policy"),
    ("aws_sns_topic", "policy"),
    ("aws_sns_topic_policy", "policy"),
    ("aws_kms_key", "policy"),
    ("aws_kms_key_policy", "policy"),
    ("aws_ecr_repository_policy", "policy"),
    ("aws_ecr_registry_policy", "policy"),
    ("aws_secretsmanager_secret", "policy"),
    ("aws_secretsmanager_secret_policy", "policy"),
    ("aws_efs_file_system_policy", "policy"),
    ("aws_glacier_vault", "access_policy"),
    ("aws_backup_vault_policy", "policy"),
    ("aws_opensearch_domain", "access_policies"),
    ("aws_opensearch_domain_policy", "access_policies"),
    ("aws_elasticsearch_domain", "access_policies"),
    ("aws_elasticsearch_domain_policy", "access_policies"),
    ("aws_cloudwatch_event_bus_policy", "policy"),
    ("aws_iam_role", "assume_role_policy"),
    ("aws_dynamodb_resource_policy", "policy"),
];

/// Services of which every action on everything is as good as being an administrator, or reads everything.
const SENSITIVE_SERVICES: [&str; 12] = [
    "iam",
    "sts",
    "s3",
    "kms",
    "secretsmanager",
    "ssm",
    "ec2",
    "rds",
    "dynamodb",
    "lambda",
    "organizations",
    "cloudtrail",
];

/// What the policies of the resource allow that they should not.
pub(super) fn details(resource: &Resource<'_>) -> Vec<Detail> {
    let kind = resource.effect.resource_type.as_str();
    if !kind.starts_with("aws_") {
        return Vec::new();
    }
    let root = resource.blocks("");
    let attributes = |list: &[(&'static str, &'static str)]| -> Vec<&'static str> {
        list.iter()
            .filter(|(of, _)| *of == kind)
            .map(|(_, attribute)| *attribute)
            .collect()
    };
    let texts = |attribute: &'static str| {
        root.iter()
            .flat_map(move |root: &Block<'_>| root.texts(attribute))
    };
    let mut found = Vec::new();
    for attribute in attributes(&OF_IDENTITIES) {
        found.extend(texts(attribute).flat_map(|(path, text)| each_statement(&path, text, of_identity)));
    }
    for attribute in attributes(&OF_RESOURCES) {
        found.extend(texts(attribute).flat_map(|(path, text)| each_statement(&path, text, of_resource)));
    }
    found
}

/// What one statement is a finding of, and how to say it.
type Judge = fn(&Value) -> Option<(&'static str, String)>;

fn each_statement(path: &str, text: &str, judge: Judge) -> Vec<Detail> {
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return Vec::new();
    };
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        _ => &[],
    };
    let allowing = statements
        .iter()
        .enumerate()
        .filter(|(_, one)| one.get("Effect") == Some(&Value::from("Allow")));
    allowing
        .filter_map(|(at, statement)| {
            let (rule, what) = judge(statement)?;
            let text = format!("statement {} of `{path}` {what}", at + 1);
            Some(Detail {
                rule,
                attribute: path.to_owned(),
                text,
            })
        })
        .collect()
}

fn of_identity(statement: &Value) -> Option<(&'static str, String)> {
    let on_everything =
        texts(statement.get("Resource")).contains(&"*") || statement.get("NotResource").is_some();
    if !on_everything {
        return None;
    }
    let actions = texts(statement.get("Action"));
    if actions.iter().any(|action| ["*", "*:*"].contains(action)) {
        return Some((
            "wildcard-permissions",
            "allows every action on every resource".to_owned(),
        ));
    }
    if statement.get("NotAction").is_some() {
        let what = "allows all but a few actions on every resource, those of tomorrow included";
        return Some(("wildcard-permissions", what.to_owned()));
    }
    let service = actions
        .iter()
        .filter_map(|action| action.strip_suffix(":*"))
        .find(|service| SENSITIVE_SERVICES.contains(&service.to_ascii_lowercase().as_str()))?;
    Some((
        "wildcard-service-permissions",
        format!("allows {service}:* on every resource"),
    ))
}

fn of_resource(statement: &Value) -> Option<(&'static str, String)> {
    let everybody = match statement.get("Principal") {
        Some(Value::Object(kinds)) => kinds
            .get("AWS")
            .is_some_and(|who| texts(Some(who)).contains(&"*")),
        principal => texts(principal).contains(&"*"),
    } || statement.get("NotPrincipal").is_some();
    let condition = statement.get("Condition").is_some_and(narrows);
    (everybody && !condition).then(|| {
        (
            "public-policy",
            "allows any principal, without a condition that tells callers apart".to_owned(),
        )
    })
}

/// Whether a condition tells callers apart: one on the way of the call alone lets everybody in.
fn narrows(condition: &Value) -> bool {
    const OPEN: [&str; 4] = [
        "aws:securetransport",
        "s3:tlsversion",
        "s3:signatureversion",
        "aws:currenttime",
    ];
    let tests = condition
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, test)| test.as_object());
    tests
        .flatten()
        .any(|(key, _)| !OPEN.contains(&key.to_ascii_lowercase().as_str()))
}

/// One text or a list of them.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(parts)) => parts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
