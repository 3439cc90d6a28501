//! Under which name the catalogue is asked about an object. Some resource types can be anything:
//! what they are stands in one of their attributes.

use std::borrow::Cow;

use serde_json::Value;

/// The name to look up: the resource type, or what the object's own attributes say.
pub fn subject<'t>(resource_type: &'t str, object: &Value) -> Cow<'t, str> {
    let inner = match resource_type {
        azapi if azapi.starts_with("azapi_") => azure_type(object),
        awscc if awscc.starts_with("awscc_") => amazon_type(&awscc.replacen("awscc", "aws", 1)),
        "aws_cloudcontrolapi_resource" => cloud_control_type(object),
        "kubernetes_manifest" => manifest_kind(object.get("manifest")),
        "kubectl_manifest" => manifest(object.get("kind"), object.get("api_version")),
        plain if is_marked_secret(plain, object) => Some("vault_generic_secret".to_owned()),
        "aws_ssm_parameter" if is(object, "type", "SecureString") => {
            Some("aws_secretsmanager_secret".to_owned())
        }
        _ => None,
    };
    inner.map_or(Cow::Borrowed(resource_type), Cow::Owned)
}

/// `Microsoft.Network/virtualNetworks@2023-05-01`, without the version.
fn azure_type(object: &Value) -> Option<String> {
    let name = object.get("type")?.as_str()?;
    let name = name.split('@').next()?.to_ascii_lowercase();
    Some(format!("azapi/{name}"))
}

/// The type under which the other provider of Amazon knows it: there the machines' service is not named
/// (`aws_ec2_vpc` is `aws_vpc`).
fn amazon_type(name: &str) -> Option<String> {
    let plain = name.replacen("aws_ec2_", "aws_", 1);
    let found = [plain.as_str(), name]
        .into_iter()
        .find(|name| super::is_listed(name));
    found.map(str::to_owned)
}

/// `AWS::RDS::DBInstance`, in words: `aws_rds_db_instance`.
fn cloud_control_type(object: &Value) -> Option<String> {
    let mut parts = object.get("type_name")?.as_str()?.split("::").skip(1);
    let mut words = format!("aws_{}_", parts.next()?.to_lowercase());
    let mut before = ' ';
    let mut characters = parts.next()?.chars().peekable();
    while let Some(character) = characters.next() {
        let ends_acronym = before.is_uppercase()
            && characters
                .peek()
                .is_some_and(|following| following.is_lowercase());
        if character.is_uppercase() && (before.is_lowercase() || ends_acronym) {
            words.push('_');
        }
        words.extend(character.to_lowercase());
        before = character;
    }
    amazon_type(&words)
}

fn manifest_kind(document: Option<&Value>) -> Option<String> {
    let document = document?;
    manifest(document.get("kind"), document.get("apiVersion"))
}

/// `manifest/networkpolicy`, or `manifest/postgresql.cnpg.io/cluster` where the catalogue knows the group of the API:
/// many operators call their own kind `Cluster`.
fn manifest(kind: Option<&Value>, version: Option<&Value>) -> Option<String> {
    let kind = kind?.as_str()?.to_ascii_lowercase();
    let group = version
        .and_then(Value::as_str)
        .and_then(|version| version.split_once('/'));
    let grouped = group.map(|(group, _)| format!("manifest/{}/{kind}", group.to_ascii_lowercase()));
    let listed = grouped.filter(|name| super::is_listed(name));
    Some(listed.unwrap_or_else(|| format!("manifest/{kind}")))
}

/// Variables of pipelines, workspaces and gateways, which hold a secret or do not.
fn is_marked_secret(resource_type: &str, object: &Value) -> bool {
    let marked = |attribute| object.get(attribute) == Some(&Value::Bool(true));
    let holds_a_value = resource_type.contains("_variable") || resource_type.ends_with("_named_value");
    holds_a_value
        && ["encrypted", "masked", "secret", "sensitive"]
            .into_iter()
            .any(marked)
}

fn is(object: &Value, attribute: &str, expected: &str) -> bool {
    object.get(attribute).and_then(Value::as_str) == Some(expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_an_object_is_may_stand_inside_of_it() {
        let azure = json!({"type": "Microsoft.Network/virtualNetworks@2023-05-01"});
        assert_eq!(
            subject("azapi_resource", &azure),
            "azapi/microsoft.network/virtualnetworks"
        );
        assert_eq!(
            subject("kubernetes_manifest", &json!({"manifest": {"kind": "Secret"}})),
            "manifest/secret"
        );
        for (resource_type, name, expected) in [
            ("awscc_ec2_route_table", "", "aws_route_table"),
            (
                "awscc_elasticache_replication_group",
                "",
                "aws_elasticache_replication_group",
            ),
            ("awscc_lex_bot", "", "awscc_lex_bot"),
            (
                "aws_cloudcontrolapi_resource",
                "AWS::RDS::DBInstance",
                "aws_rds_db_instance",
            ),
            (
                "aws_cloudcontrolapi_resource",
                "AWS::EC2::SecurityGroup",
                "aws_security_group",
            ),
            (
                "aws_cloudcontrolapi_resource",
                "AWS::EC2::VPCEndpoint",
                "aws_vpc_endpoint",
            ),
            (
                "aws_cloudcontrolapi_resource",
                "AWS::DynamoDB::Table",
                "aws_dynamodb_table",
            ),
        ] {
            assert_eq!(subject(resource_type, &json!({"type_name": name})), expected);
        }
        for (version, expected) in [
            ("postgresql.cnpg.io/v1", "manifest/postgresql.cnpg.io/cluster"),
            ("cluster.x-k8s.io/v1beta1", "manifest/cluster"),
        ] {
            let object = json!({"kind": "Cluster", "api_version": version});
            assert_eq!(subject("kubectl_manifest", &object), expected);
        }
        assert_eq!(
            subject("aws_ssm_parameter", &json!({"type": "String"})),
            "aws_ssm_parameter"
        );
        assert_eq!(subject("aws_instance", &Value::Null), "aws_instance");
        for (resource_type, mark) in [
            ("gitlab_project_variable", "masked"),
            ("azurerm_api_management_named_value", "secret"),
            ("azurerm_automation_variable_string", "encrypted"),
        ] {
            assert_eq!(
                subject(resource_type, &json!({mark: true})),
                "vault_generic_secret"
            );
            assert_eq!(subject(resource_type, &json!({mark: false})), resource_type);
        }
    }
}
