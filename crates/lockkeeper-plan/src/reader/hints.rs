//! What an object calls itself, and which environment its names speak of.

use lockkeeper_domain::effect::NamedEnvironment;
use serde_json::Value;

use super::attributes::Redaction;
use super::mask::Mask;

/// The attributes that hold a name, the most telling first.
const NAMES: [&str; 15] = [
    "name",
    "secret_name",
    "identifier",
    "cluster_identifier",
    "bucket",
    "function_name",
    "domain_name",
    "display_name",
    "title",
    "secret_id",
    "key",
    "account_id",
    "repository",
    "dataset_id",
    "id",
];

/// The tags that say which environment an object belongs to.
const ENVIRONMENT_TAGS: [&str; 5] = ["environment", "env", "stage", "tier", "deployment"];

/// The attributes that say what an object lies in, or belongs to.
const PLACES: [&str; 15] = [
    "environment",
    "environment_scope",
    "env_slug",
    "namespace",
    "path",
    "mount",
    "config",
    "script_name",
    "resource_group_name",
    "key_vault_id",
    "vault",
    "secret",
    "secret_id",
    "parent_id",
    "project",
];

/// Whether anything looks at an attribute even though it stays as it is: it tells what the object is.
pub(super) fn is_looked_at(attribute: &str) -> bool {
    LOOKED_AT.binary_search(&attribute).is_ok()
}

/// The names, the places, and what else tells of an object what it is; sorted, because it is asked of
/// every attribute of every object that changes.
const LOOKED_AT: [&str; 41] = [
    "account_id",
    "api_version",
    "bucket",
    "cluster_identifier",
    "config",
    "dataset_id",
    "display_name",
    "domain_name",
    "encrypted",
    "env_slug",
    "environment",
    "environment_scope",
    "function_name",
    "id",
    "identifier",
    "key",
    "key_vault_id",
    "kind",
    "labels",
    "manifest",
    "masked",
    "metadata",
    "mount",
    "name",
    "namespace",
    "parent_id",
    "path",
    "project",
    "repository",
    "resource_group_name",
    "script_name",
    "secret",
    "secret_id",
    "secret_name",
    "sensitive",
    "tags",
    "tags_all",
    "title",
    "type",
    "type_name",
    "vault",
];

/// The name of an object outside of the code, when it may be shown.
pub(super) fn object_name(object: &Value, mask: &Mask, redaction: &Redaction<'_>) -> Option<String> {
    let named = NAMES.iter().find_map(|attribute| {
        let name = object.get(attribute)?.as_str().filter(|name| !name.is_empty())?;
        (!mask.key(attribute).marks_anything()).then_some(name)
    });
    let in_metadata = || metadata(object)?.get("name")?.as_str();
    let may_be_shown =
        |name: &&str| !mask.key("metadata").marks_anything() && !redaction.sensitive.in_text(name);
    named
        .or_else(in_metadata)
        .filter(may_be_shown)
        .map(|name| name.chars().take(200).collect())
}

/// The environment that tags, the name, the address or the surroundings speak of. Tags are believed first.
pub(super) fn environment(address: &str, name: Option<&str>, object: &Value) -> Option<NamedEnvironment> {
    let tags = ["tags", "tags_all", "labels"]
        .iter()
        .filter_map(|attribute| object.get(attribute)?.as_object());
    let labels = metadata(object).and_then(|metadata| metadata.get("labels")?.as_object());
    let tagged = tags
        .chain(labels)
        .flatten()
        .filter(|(key, _)| ENVIRONMENT_TAGS.contains(&key.to_ascii_lowercase().as_str()));
    let tagged = tagged.filter_map(|(_, value)| value.as_str()).find_map(spoken_of);
    let within = || {
        PLACES
            .iter()
            .filter_map(|attribute| object.get(attribute)?.as_str())
            .find_map(spoken_of)
    };
    let namespace = || spoken_of(metadata(object)?.get("namespace")?.as_str()?);
    let named = tagged
        .or_else(|| name.and_then(spoken_of))
        .or_else(|| spoken_of(address));
    named.or_else(within).or_else(namespace)
}

/// What an object of a cluster says of itself: in a block, or in a manifest.
fn metadata(object: &Value) -> Option<&Value> {
    let block = || object.get("metadata")?.get(0);
    block().or_else(|| object.get("manifest")?.get("metadata"))
}

/// The environment that the variables of a plan speak of.
pub(super) fn environment_of_variables<'a>(
    mut variables: impl Iterator<Item = (&'a str, Value)>,
) -> Option<NamedEnvironment> {
    variables.find_map(|(name, value)| {
        let telling = VARIABLES.contains(&name.to_ascii_lowercase().as_str());
        telling.then(|| spoken_of(value.as_str()?)).flatten()
    })
}

/// The variables that say which environment a plan is for.
const VARIABLES: [&str; 7] = [
    "environment",
    "env",
    "stage",
    "environment_name",
    "env_name",
    "workspace",
    "deployment_environment",
];

/// Parts of objects that are secrets although the provider does not mark them.
pub(super) fn secret_parts(subject: &str) -> &'static [&'static [&'static str]] {
    match subject {
        "manifest/secret" => &[
            &["manifest", "data"],
            &["manifest", "stringData"],
            &["object", "data"],
            &["object", "stringData"],
        ],
        "azapi/microsoft.keyvault/vaults/secrets" => &[&["body", "properties", "value"]],
        _ => &[],
    }
}

/// The environment that the words of a text name: `prod-db`, `db_staging`, `non-prod`.
fn spoken_of(text: &str) -> Option<NamedEnvironment> {
    let words: Vec<String> = words(text);
    let mut found = None;
    for (at, word) in words.iter().enumerate() {
        let negated = at > 0
            && words
                .get(at - 1)
                .is_some_and(|before| matches!(before.as_str(), "non" | "pre" | "not"));
        match word.as_str() {
            "prod" | "production" | "prd" | "live" if !negated => return Some(NamedEnvironment::Production),
            "prod" | "production" | "prd" | "live" | "nonprod" | "preprod" | "preproduction" | "dev"
            | "development" | "test" | "testing" | "tst" | "stage" | "staging" | "stg" | "qa" | "uat"
            | "sandbox" | "demo" => {
                found = Some(NamedEnvironment::Other);
            }
            _ => {}
        }
    }
    found
}

/// Words in small letters: `prodDbPassword/v1` is `prod db password v 1`.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for character in text.chars() {
        let starts_word = (character.is_uppercase() && before.is_lowercase())
            || character.is_ascii_digit() != before.is_ascii_digit();
        if starts_word || !character.is_alphanumeric() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (character.is_alphanumeric(), words.last_mut()) {
            word.extend(character.to_lowercase());
        }
        before = character;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_and_places_are_looked_at() {
        assert!(LOOKED_AT.is_sorted());
        for attribute in NAMES.iter().chain(&PLACES).chain(&["tags", "metadata"]) {
            assert!(is_looked_at(attribute), "{attribute}");
        }
        assert!(!is_looked_at("size"));
    }

    #[test]
    fn environments_are_heard_in_names() {
        for name in [
            "prod-db",
            "/production/db/password",
            "ProdSecret",
            "secret_prd",
            "eu-prod1",
        ] {
            assert_eq!(spoken_of(name), Some(NamedEnvironment::Production), "{name}");
        }
        for name in ["nonprod-db", "non-prod-db", "pre_production", "db-staging", "qa"] {
            assert_eq!(spoken_of(name), Some(NamedEnvironment::Other), "{name}");
        }
        for name in ["product-catalogue", "delivery", "latest", "reproduce"] {
            assert_eq!(spoken_of(name), None, "{name}");
        }
    }

    #[test]
    fn a_tag_is_believed_before_the_name() {
        let object = json!({"tags": {"Environment": "staging"}});
        assert_eq!(
            environment("aws_x.prod", Some("prod"), &object),
            Some(NamedEnvironment::Other)
        );
    }

    #[test]
    fn what_an_object_lies_in_speaks_of_the_environment() {
        for object in [
            json!({"path": "secret/prod/db"}),
            json!({"mount": "kv-prod"}),
            json!({"environment_scope": "production"}),
            json!({"manifest": {"metadata": {"namespace": "production"}}}),
            json!({"metadata": [{"labels": {"env": "prd"}}]}),
        ] {
            let found = environment("x.y", None, &object);
            assert_eq!(found, Some(NamedEnvironment::Production), "{object}");
        }
    }
}
