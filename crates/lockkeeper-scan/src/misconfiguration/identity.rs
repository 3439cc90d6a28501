//! Roles that are given to too many, and roles that may do everything.

use serde_json::Value;

use super::Detail;
use crate::resource::{Block, Resource};

/// Google's roles that may do everything in their scope, or give themselves every role.
const GOOGLE_ADMINISTRATORS: [&str; 5] = [
    "roles/owner",
    "roles/editor",
    "roles/iam.securityAdmin",
    "roles/resourcemanager.organizationAdmin",
    "roles/resourcemanager.projectIamAdmin",
];

/// Azure's roles that may do everything in their scope, or give themselves every role.
const AZURE_ADMINISTRATORS: [&str; 3] = [
    "Owner",
    "User Access Administrator",
    "Role Based Access Control Administrator",
];

/// What is wrong with whom the resource gives which role.
pub(super) fn details(resource: &Resource<'_>) -> Vec<Detail> {
    let kind = resource.effect.resource_type.as_str();
    match kind {
        _ if kind.starts_with("google_") && kind.contains("_iam_") => google(resource, kind),
        "azurerm_role_assignment" => azure_assignment(resource),
        "azurerm_role_definition" => azure_definition(resource),
        _ if kind.starts_with("aws_iam_") && kind.ends_with("_policy_attachment") => aws_attachment(resource),
        "aws_iam_role" => aws_managed(resource),
        _ => Vec::new(),
    }
}

fn detail(rule: &'static str, attribute: &str, text: String) -> Detail {
    Detail {
        rule,
        attribute: attribute.to_owned(),
        text,
    }
}

fn google(resource: &Resource<'_>, kind: &str) -> Vec<Detail> {
    let mut found = Vec::new();
    for root in resource.blocks("") {
        let role = root.text("role").unwrap_or_default();
        let members = root.texts("member").into_iter().chain(root.texts("members"));
        for (path, member) in members {
            found.extend(google_member(kind, &path, member, role));
        }
        let wide = [
            "google_project_iam_",
            "google_folder_iam_",
            "google_organization_iam_",
        ];
        let may_all =
            GOOGLE_ADMINISTRATORS.contains(&role) && wide.iter().any(|scope| kind.starts_with(scope));
        if may_all && !kind.contains("custom_role") {
            found.push(detail("administrator-role", "role", format!("`role` is {role}")));
        }
        for (path, text) in root.texts("policy_data") {
            found.extend(google_document(kind, &path, text));
        }
    }
    found
}

fn google_document(kind: &str, path: &str, text: &str) -> Vec<Detail> {
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let bindings = document.get("bindings").and_then(Value::as_array);
    let mut found = Vec::new();
    for binding in bindings.into_iter().flatten() {
        let role = binding.get("role").and_then(Value::as_str).unwrap_or_default();
        let members = binding.get("members").and_then(Value::as_array);
        for member in members.into_iter().flatten().filter_map(Value::as_str) {
            found.extend(google_member(kind, path, member, role));
        }
    }
    found
}

fn google_member(kind: &str, path: &str, member: &str, role: &str) -> Option<Detail> {
    if !matches!(member, "allUsers" | "allAuthenticatedUsers") {
        return None;
    }
    let called = ["roles/run.invoker", "roles/cloudfunctions.invoker"].contains(&role)
        || (kind.starts_with("google_cloud_run") && role.is_empty());
    let rule = if called { "public-service" } else { "public-member" };
    let role = if role.is_empty() {
        "the role".to_owned()
    } else {
        role.to_owned()
    };
    Some(detail(rule, path, format!("{member} gets {role}")))
}

/// Whether an Azure scope is as wide as a subscription or a management group.
fn is_wide(scope: &str) -> bool {
    let parts: Vec<&str> = scope.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        [""] => true,
        [first, _] => first.eq_ignore_ascii_case("subscriptions"),
        [.., kind, _] => kind.eq_ignore_ascii_case("managementGroups"),
        _ => false,
    }
}

fn azure_assignment(resource: &Resource<'_>) -> Vec<Detail> {
    let role = resource.text("role_definition_name").unwrap_or_default();
    match resource.text("scope") {
        Some(scope) if is_wide(scope) && AZURE_ADMINISTRATORS.contains(&role) => {
            let text = format!("`role_definition_name` is {role}, on a whole subscription or more");
            vec![detail("administrator-role", "role_definition_name", text)]
        }
        _ => Vec::new(),
    }
}

fn azure_definition(resource: &Resource<'_>) -> Vec<Detail> {
    let permissions = resource.blocks("permissions");
    let actions = permissions
        .iter()
        .flat_map(|block: &Block<'_>| block.texts("actions"));
    actions
        .filter(|(_, action)| *action == "*")
        .map(|(path, _)| detail("wildcard-permissions", &path, format!("`{path}` is every action")))
        .collect()
}

fn administrator_policy(name: &str) -> bool {
    [
        ":iam::aws:policy/AdministratorAccess",
        ":iam::aws:policy/IAMFullAccess",
    ]
    .iter()
    .any(|end| name.ends_with(end))
}

fn aws_attachment(resource: &Resource<'_>) -> Vec<Detail> {
    match resource.text("policy_arn") {
        Some(policy) if administrator_policy(policy) => {
            vec![detail(
                "administrator-role",
                "policy_arn",
                format!("`policy_arn` is {policy}"),
            )]
        }
        _ => Vec::new(),
    }
}

fn aws_managed(resource: &Resource<'_>) -> Vec<Detail> {
    let root = resource.blocks("");
    let policies = root.iter().flat_map(|root| root.texts("managed_policy_arns"));
    policies
        .filter(|(_, policy)| administrator_policy(policy))
        .map(|(path, policy)| detail("administrator-role", &path, format!("`{path}` is {policy}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::is_wide;

    #[test]
    fn scopes() {
        let one = "/subscriptions/00000000-0000-0000-0000-000000000000";
        assert!(
            is_wide(one) && is_wide("/") && is_wide("/providers/Microsoft.Management/managementGroups/x")
        );
        assert!(!is_wide(&format!("{one}/resourceGroups/x")));
    }
}
