//! Names that say that their value is a secret: `db_password`, `apiKey`, `CLIENT_SECRET`.

/// What kind of secret a name speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamedSecret {
    /// Chosen by people, so that it may be short and plain.
    Password,
    /// Made by a machine: long, with digits.
    Key,
}

/// Words that may follow the telling one: `password_value`, `token_prod`, `secret2`.
const TAILS: [&str; 22] = [
    "b64",
    "base64",
    "current",
    "default",
    "dev",
    "development",
    "live",
    "new",
    "old",
    "plain",
    "plaintext",
    "previous",
    "primary",
    "prod",
    "production",
    "secondary",
    "stage",
    "staging",
    "string",
    "test",
    "text",
    "value",
];

/// What stands before `key` when the key is a secret.
const KEYS: [&str; 20] = [
    "access",
    "account",
    "admin",
    "api",
    "app",
    "application",
    "auth",
    "encryption",
    "function",
    "license",
    "master",
    "private",
    "secret",
    "service",
    "shared",
    "signing",
    "storage",
    "subscription",
    "write",
    "webhook",
];

impl NamedSecret {
    /// What the name says; nothing when it names no secret, or only where one is kept.
    pub(super) fn of(name: &str) -> Option<Self> {
        let mut words = words(name);
        while words.len() > 1 && words.last().is_some_and(|word| is_tail(word)) {
            words.pop();
        }
        if words.iter().any(|word| matches!(word.as_str(), "public" | "pub")) {
            return None;
        }
        let (last, before) = words.split_last()?;
        let last = last.trim_end_matches(|digit: char| digit.is_ascii_digit());
        match last {
            "pass" => (!before.is_empty()).then_some(NamedSecret::Password),
            "key" => before
                .last()
                .filter(|word| KEYS.contains(&word.as_str()))
                .map(|_| NamedSecret::Key),
            "credential" | "credentials" => Some(NamedSecret::Key),
            _ if ["password", "passwd", "passphrase", "pwd"]
                .iter()
                .any(|word| last.ends_with(word)) =>
            {
                Some(NamedSecret::Password)
            }
            _ if ["secret", "token", "apikey", "secretkey", "accesskey"]
                .iter()
                .any(|word| last.ends_with(word)) =>
            {
                Some(NamedSecret::Key)
            }
            _ => None,
        }
    }
}

fn is_tail(word: &str) -> bool {
    TAILS.contains(&word) || word.chars().all(|digit| digit.is_ascii_digit())
}

/// The words of a name in lower case: `dbPassword`, `db-password` and `DB_PASSWORD` have the same.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for letter in name.chars() {
        let separates = !letter.is_ascii_alphanumeric();
        if separates || (letter.is_ascii_uppercase() && after_lower) {
            words.push(String::new());
        }
        after_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        if let (false, Some(word)) = (separates, words.last_mut()) {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telling_names() {
        for name in [
            "db_password",
            "DB_PASSWORD",
            "adminPassword",
            "password2",
            "passwd",
            "db.pass",
            "master_password_prod",
        ] {
            assert_eq!(NamedSecret::of(name), Some(NamedSecret::Password), "{name}");
        }
        for name in [
            "api_key",
            "apiKey",
            "X-API-KEY",
            "client_secret",
            "authToken",
            "AWS_SECRET_ACCESS_KEY",
            "apikey",
        ] {
            assert_eq!(NamedSecret::of(name), Some(NamedSecret::Key), "{name}");
        }
    }

    #[test]
    fn names_of_other_things() {
        for name in [
            "password_length",
            "secret_name",
            "token_url",
            "secretKeyRef",
            "key",
            "kms_key",
            "primary_key",
            "public_key",
            "tokens",
            "secret_arn",
            "bypass",
            "pass",
            "access_key_id",
            "partition_key",
            "password_policy",
            "keyboard",
        ] {
            assert_eq!(NamedSecret::of(name), None, "{name}");
        }
    }
}
