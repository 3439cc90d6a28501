//! Secrets in the values of a plan that nobody marked sensitive.

use std::borrow::Cow;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lockkeeper_domain::effect::{Action, AttributeValue, Effect};
use serde_json::Value;

use super::assigned::is_secret;
use super::file_kind::FileKind;
use super::{BUILT_IN, EXPLANATION, RuleError, Scanner, title};
use crate::finding::{Finding, Place, Severity};

/// Shorter texts hold no token of a fixed form.
const SHORTEST: usize = 12;

/// What to do with a secret that a plan shows.
const REMEDIATION: &str = "Take the value from a secret store, or mark the variable or the output that it comes from \
    `sensitive = true`; then issue the secret anew, since plans and logs have shown it.";

/// Looks for secrets in the values that a plan sets and that are not marked sensitive: tokens, private
/// keys, passwords beside telling names, scripts for the start of a machine, also in base64.
///
/// # Errors
/// [`RuleError`] when the built-in rules do not load, which a test rules out. Nothing is known then.
pub fn scan_plan(effects: &[Effect]) -> Result<Vec<Finding>, RuleError> {
    let scanner = BUILT_IN.as_ref().map_err(RuleError::clone)?;
    let mut found = Vec::new();
    for effect in effects.iter().filter(|effect| sets_values(&effect.action)) {
        for change in &effect.attributes {
            if let AttributeValue::Known(value) = &change.after {
                let mut walk = Walk {
                    scanner,
                    effect,
                    found: &mut found,
                };
                let name = last_key(&change.path);
                walk.value(&mut change.path.clone(), name, value, 0);
            }
        }
    }
    found.sort_by(Finding::reading_order);
    found.dedup();
    Ok(found)
}

fn sets_values(action: &Action) -> bool {
    matches!(action, Action::Create | Action::Update | Action::Unknown(_)) || action.is_replacement()
}

/// The key at the end of a path: `db_password` of `settings[0].db_password`.
fn last_key(path: &str) -> &str {
    let end = path.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '"'));
    end.rsplit(['.', '[', '"']).next().unwrap_or(end)
}

struct Walk<'w> {
    scanner: &'static Scanner,
    effect: &'w Effect,
    found: &'w mut Vec<Finding>,
}

impl Walk<'_> {
    /// `path` is where the value stands; it comes back as it was.
    fn value(&mut self, path: &mut String, name: &str, value: &Value, depth: usize) {
        if depth > 64 {
            return;
        }
        let length = path.len();
        match value {
            Value::String(text) => self.text(path, name, text),
            Value::Array(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    _ = write!(path, "[{at}]");
                    self.value(path, name, part, depth + 1);
                    path.truncate(length);
                }
            }
            Value::Object(parts) => {
                // `{ name = "DB_PASSWORD", value = "..." }` is one setting.
                let named = parts.get("name").or(parts.get("key")).and_then(Value::as_str);
                for (key, part) in parts {
                    let name = if key == "value" { named.unwrap_or(key) } else { key };
                    path.extend([".", key]);
                    self.value(path, name, part, depth + 1);
                    path.truncate(length);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, path: &str, name: &str, text: &str) {
        if is_secret(name, text, true, FileKind::Hcl) {
            let characters = text.chars().count();
            let message = format!("value beside a telling name in the plan ({characters} characters)");
            return self.push(path, "assigned-secret", message, text);
        }
        if text.len() < SHORTEST {
            return;
        }
        let decoded = decoded(text);
        let inner = decoded.as_deref().unwrap_or(text);
        for finding in self.scanner.scan(file_name(inner), inner.as_bytes()).findings {
            self.push(path, &finding.rule, finding.message, inner);
        }
    }

    fn push(&mut self, path: &str, rule: &str, message: String, text: &str) {
        // A key of a map can be the secret itself.
        let attribute = (!path.contains(text)).then(|| path.to_owned());
        let message = match &attribute {
            Some(path) => format!("`{path}` holds a secret that is not marked sensitive: {message}"),
            None => format!("A value holds a secret that is not marked sensitive: {message}"),
        };
        self.found.push(Finding {
            rule: rule.to_owned(),
            title: title(rule).to_owned(),
            severity: Severity::High,
            place: Place::Object {
                address: self.effect.address.clone(),
                attribute,
            },
            message,
            explanation: EXPLANATION.replace(
                "the repository, a copy of it or its history",
                "the plan, its log or the state",
            ),
            remediation: REMEDIATION.to_owned(),
        });
    }
}

/// Scripts for the start of a machine are often given in base64.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    let looks = text.len() >= 32
        && text.len().is_multiple_of(4)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
    let bytes = if looks {
        STANDARD.decode(text).ok()?
    } else {
        return None;
    };
    String::from_utf8(bytes)
        .ok()
        .filter(|text| text.chars().all(|c| !c.is_control() || c.is_whitespace()))
        .map(Cow::Owned)
}

/// The name of a file that is read as the text should be.
fn file_name(text: &str) -> &'static str {
    let start = text.trim_start();
    if start.starts_with(['{', '[']) {
        "value.json"
    } else if start.starts_with("#cloud-config") || start.starts_with("apiVersion:") {
        "value.yaml"
    } else if text.contains('\n') {
        "value.sh"
    } else {
        "value"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lockkeeper_domain::effect::AttributeChange;
    use proptest::prelude::*;
    use serde_json::json;

    fn effect(path: &str, value: Value) -> Effect {
        let mut effect = Effect::new("aws_x.y", "aws_x", "aws", Action::Create);
        effect.attributes = vec![AttributeChange::new(
            path,
            AttributeValue::Absent,
            AttributeValue::Known(value),
        )];
        effect
    }

    fn rules(path: &str, value: Value) -> Vec<String> {
        scan_plan(&[effect(path, value)])
            .unwrap()
            .into_iter()
            .map(|finding| finding.rule)
            .collect()
    }

    const PASSWORD: &str = "s3cr3t-Pa55w0rd";

    #[test]
    fn values_that_are_secrets() {
        let script = format!("#!/bin/sh\nexport DB_PASSWORD={PASSWORD}\n");
        for (path, value) in [
            ("environment[0].variables", json!({"DB_PASSWORD": PASSWORD})),
            ("settings.admin_password", json!(PASSWORD)),
            ("set", json!([{"name": "auth.password", "value": PASSWORD}])),
            ("user_data", json!(script)),
            ("user_data_base64", json!(STANDARD.encode(&script))),
            (
                "container_definitions",
                json!(json!([{"environment": [{"name": "API_PASSWORD", "value": PASSWORD}]}]).to_string()),
            ),
            (
                "connection",
                json!(format!("postgres://app:{PASSWORD}@db.internal/app")),
            ),
        ] {
            assert_eq!(rules(path, value.clone()).len(), 1, "{path}: {value}");
        }
        assert_eq!(
            rules("description", json!(["AKIA", "QWERTYUIOPASDFGH"].concat())),
            ["aws-access-key-id"]
        );
    }

    #[test]
    fn values_that_are_none() {
        for (path, value) in [
            (
                "environment[0].variables",
                json!({"DB_HOST": "db.internal", "PASSWORD_FILE": "/run/secrets/db"}),
            ),
            (
                "secret_arn",
                json!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"),
            ),
            ("set", json!([{"name": "image.tag", "value": "a1b2c3d4e5f6"}])),
            (
                "user_data_base64",
                json!(STANDARD.encode("#!/bin/sh\necho hello to everybody here\n")),
            ),
        ] {
            assert_eq!(rules(path, value), Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn what_goes_away_or_is_sensitive_is_not_looked_at() {
        let mut gone = effect("password", json!(PASSWORD));
        gone.action = Action::Delete;
        let mut hidden = effect("password", json!(PASSWORD));
        hidden.attributes[0].after = AttributeValue::Sensitive { fingerprint: None };
        assert!(scan_plan(&[gone, hidden]).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn no_finding_holds_the_secret(secret in "[A-Za-z0-9+]{8,30}[0-9][A-Z][0-9]", as_key in any::<bool>()) {
            let mut value = json!({"DB_PASSWORD": secret});
            if as_key {
                value[&secret] = json!({"password": secret});
            }
            for finding in scan_plan(&[effect("environment", value)]).unwrap() {
                prop_assert!(!serde_json::to_string(&finding).unwrap().contains(&secret), "{finding}");
            }
        }
    }
}
