//! What must never leave the reader: values that are marked sensitive anywhere in the plan, wherever
//! else they turn up, and attributes whose name alone says that they hold a secret.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;
use serde_json::Value;

use super::mask::Mask;
use super::shape::{Masked, StateOutput, Text};
use super::value::{chosen_parts, strict, value};

/// Shorter values turn up by chance, so they are hidden only where they are marked.
const SHORTEST: usize = 8;

/// Texts that stand in every access policy, and are no secret even when a whole policy is one.
const EVERYWHERE: [&str; 2] = ["2008-10-17", "2012-10-17"];

/// Collects sensitive values while the plan is gone through.
#[derive(Default, Clone)]
pub(super) struct Collector {
    texts: BTreeSet<String>,
}

impl Collector {
    /// Adds what the mirror marks, reading no other part of an object.
    pub(super) fn add_masked(&mut self, masked: &Masked<'_>) {
        let mask = Mask::read(masked.mask);
        let is_object = !mask.marks_all()
            && chosen_parts(
                masked.value,
                |key| mask.key(key).marks_anything(),
                |key, part| self.add_read(part, mask.key(key)),
            );
        if !is_object {
            self.add_read(masked.value, &mask);
        }
    }

    /// Adds the outputs that are sensitive, from planned or prior values. Outputs that cannot be read are all.
    pub(super) fn add_outputs(&mut self, outputs: &str) {
        match serde_json::from_str::<Option<BTreeMap<Text<'_>, StateOutput<'_>>>>(outputs) {
            Ok(outputs) => {
                let sensitive = outputs.iter().flat_map(BTreeMap::values);
                for output in sensitive.filter(|output| output.sensitive == Some(true)) {
                    self.add_all(&value(output.value).unwrap_or(Value::Null));
                }
            }
            Err(_) => self.add_read(outputs, &Mask::Yes),
        }
    }

    fn add_read(&mut self, text: &str, mask: &Mask) {
        if mask.marks_anything() {
            self.add(&strict(text).unwrap_or(Value::Null), mask);
        }
    }

    /// Adds the parts of a value that the mirror marks.
    pub(super) fn add(&mut self, value: &Value, mask: &Mask) {
        match (value, mask) {
            (_, Mask::No) => {}
            (_, Mask::Yes) => self.add_all(value),
            (Value::Object(parts), _) => parts.iter().for_each(|(key, part)| self.add(part, mask.key(key))),
            (Value::Array(parts), _) => {
                parts
                    .iter()
                    .enumerate()
                    .for_each(|(at, part)| self.add(part, mask.position(Some(at))));
            }
            // The mirror does not fit the value, so all of it may be meant.
            _ => self.add_all(value),
        }
    }

    /// Adds every text of a value, and of the JSON document that a text may hold.
    pub(super) fn add_all(&mut self, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => self.add_text(&number.to_string()),
            Value::String(text) => {
                self.add_text(text);
                if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                    self.add_all(&inner);
                }
            }
            Value::Array(parts) => parts.iter().for_each(|part| self.add_all(part)),
            Value::Object(parts) => parts.values().for_each(|part| self.add_all(part)),
        }
    }

    fn add_text(&mut self, text: &str) {
        let text = text.trim();
        let is_short = text.chars().nth(SHORTEST - 1).is_none();
        // A text with a backslash may be there as what another one looks like inside of a document.
        let is_known = !text.contains('\\') && self.texts.contains(text);
        if is_short || is_known || EVERYWHERE.contains(&text) {
            return;
        }
        // The same text looks different inside of a JSON document.
        let quoted = Value::from(text).to_string();
        let inner = quoted.trim_matches('"');
        if inner != text {
            self.texts.insert(inner.to_owned());
        }
        self.texts.insert(text.to_owned());
    }

    /// Ends the collection.
    pub(super) fn finish(self) -> SensitiveValues {
        let finder = (!self.texts.is_empty())
            .then(|| AhoCorasick::new(&self.texts).ok())
            .flatten();
        let texts = if finder.is_some() {
            BTreeSet::new()
        } else {
            self.texts
        };
        SensitiveValues { finder, texts }
    }
}

/// All sensitive values of a plan.
#[derive(Default)]
pub(super) struct SensitiveValues {
    finder: Option<AhoCorasick>,
    /// Searched one by one should the finder be too large to be built.
    texts: BTreeSet<String>,
}

impl SensitiveValues {
    /// Whether the text holds a sensitive value.
    pub(super) fn in_text(&self, text: &str) -> bool {
        looks_like_secret(text)
            || self.finder.as_ref().is_some_and(|finder| finder.is_match(text))
            || self
                .texts
                .iter()
                .any(|sensitive| text.contains(sensitive.as_str()))
    }

    /// Whether anything in the value must be hidden: a sensitive value, or a text under a telling name.
    pub(super) fn in_value(&self, value: &Value) -> bool {
        match value {
            Value::Null | Value::Bool(_) => false,
            Value::Number(number) => self.in_text(&number.to_string()),
            Value::String(text) => self.in_text(text),
            Value::Array(parts) => parts.iter().any(|part| self.in_value(part)),
            Value::Object(parts) => parts
                .iter()
                .any(|(key, part)| self.in_text(key) || named_secret(key, part) || self.in_value(part)),
        }
    }
}

/// Names under which a text is a secret whatever the plan says. Plans before Terraform 0.14 have no
/// mirrors, and values in maps (the environment of a function) are not marked even today.
const SECRET_NAMES: [&str; 24] = [
    "access_token",
    "account_key",
    "api_key",
    "apikey",
    "auth_token",
    "bearer_token",
    "client_key",
    "client_secret",
    "connection_string",
    "credentials_json",
    "passphrase",
    "passwd",
    "password",
    "pre_shared_key",
    "preshared_key",
    "private_key",
    "private_key_pem",
    "secret",
    "secret_access_key",
    "secret_data",
    "secret_key",
    "secret_string",
    "shared_key",
    "token",
];

/// The last words of these.
const LAST_WORDS: [&str; 11] = [
    "apikey",
    "data",
    "json",
    "key",
    "passphrase",
    "passwd",
    "password",
    "pem",
    "secret",
    "string",
    "token",
];

/// Secrets that can be told by their form: private keys, and addresses with a password in them.
fn looks_like_secret(text: &str) -> bool {
    let with_password = |after: &str| {
        let authority = after
            .split(['/', '?', '#', '"', '\'', ' ', '\n'])
            .next()
            .unwrap_or_default();
        let user = authority.rsplit_once('@').map(|(user, _)| user);
        user.and_then(|user| user.split_once(':'))
            .is_some_and(|(_, password)| !password.is_empty())
    };
    // Most texts are neither, which is told faster than they are split.
    text.contains("PRIVATE KEY-----")
        || (text.contains("://") && text.split("://").skip(1).any(with_password))
}

/// Whether the name of an attribute says that its value is a secret, and the value can be one.
pub(super) fn named_secret(name: &str, value: &Value) -> bool {
    let can_be_secret = match value {
        Value::String(text) => !text.is_empty(),
        Value::Number(_) => true,
        _ => false,
    };
    can_be_secret && is_secret_name(name)
}

/// Whether a name ends with the words of one of [`SECRET_NAMES`]. It is asked of every attribute, and almost none
/// ends with the last word of any.
fn is_secret_name(name: &str) -> bool {
    let last = name.rsplit(['-', '_']).next().unwrap_or(name);
    LAST_WORDS.iter().any(|word| last.eq_ignore_ascii_case(word))
        && SECRET_NAMES.iter().any(|secret| ends_with_words(name, secret))
}

/// Whether a name is these words or ends with them, in capitals or not, with `-` or `_` between them.
fn ends_with_words(name: &str, words: &str) -> bool {
    let plain = |byte: &u8| {
        if *byte == b'-' {
            b'_'
        } else {
            byte.to_ascii_lowercase()
        }
    };
    let Some(start) = name.len().checked_sub(words.len()) else {
        return false;
    };
    let (before, end) = name.as_bytes().split_at(start);
    before.last().is_none_or(|byte| plain(byte) == b'_') && end.iter().map(plain).eq(words.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_marked_value_is_found_wherever_it_stands() {
        let mut collector = Collector::default();
        let mask = Mask::List(vec![Mask::No, Mask::Yes]);
        collector.add(&json!(["harmless text", {"password": "pass\"word-1"}, 7]), &mask);
        let sensitive = collector.finish();
        assert!(sensitive.in_text("postgres://u:pass\"word-1@host"));
        assert!(sensitive.in_value(&json!({"policy": r#"{"p":"pass\"word-1"}"#})));
        assert!(!sensitive.in_value(&json!("harmless text")));
    }

    #[test]
    fn values_inside_a_sensitive_document_are_sensitive() {
        let mut collector = Collector::default();
        collector.add_all(&json!(r#"{"user":"administrator"}"#));
        assert!(collector.finish().in_text("administrator"));
    }

    #[test]
    fn secrets_are_told_by_their_form() {
        assert!(looks_like_secret("postgres://app:s3cret@db:5432/shop"));
        assert!(looks_like_secret("-----BEGIN RSA PRIVATE KEY-----\nMII"));
        for text in [
            "https://example.com:8080/a@b:c",
            "git@github.com:a/b",
            "ssh://git@host/x",
            "a://b",
        ] {
            assert!(!looks_like_secret(text), "{text}");
        }
    }

    #[test]
    fn the_last_words_are_those_of_the_names() {
        let mut words: Vec<&str> = SECRET_NAMES
            .iter()
            .filter_map(|name| name.rsplit('_').next())
            .collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words, LAST_WORDS);
    }

    #[test]
    fn names_of_secrets() {
        for name in [
            "password",
            "DB_PASSWORD",
            "master_password",
            "client-secret",
            "auth_token",
        ] {
            assert!(named_secret(name, &json!("x")), "{name}");
        }
        for name in [
            "password_policy",
            "secret_name",
            "secretary",
            "tokens_per_minute",
            "key",
        ] {
            assert!(!named_secret(name, &json!("x")), "{name}");
        }
        assert!(!named_secret("password", &json!(true)));
    }
}
