//! Texts that stand where a secret would and are none: references, placeholders, names.

/// Texts with which a reference, a ciphertext or the hash of a password begins.
const REFERENCES: [&str; 44] = [
    "${",
    "$(",
    "$$",
    "%{",
    "{{",
    "$var",
    "$ENV",
    "$2a$",
    "$2b$",
    "$2y$",
    "$5$",
    "$6$",
    "$argon2",
    "<",
    "[",
    "var.",
    "local.",
    "data.",
    "module.",
    "each.",
    "self.",
    "secrets.",
    "env.",
    "env:",
    "ENC[",
    "ref+",
    "op://",
    "vault:",
    "arn:",
    "ssm:",
    "sha256:",
    "h1:",
    "!vault",
    "file(",
    "file:",
    "/run/secrets",
    "/subscriptions/",
    "projects/",
    "@Microsoft.KeyVault",
    "process.env",
    "os.environ",
    "ssh-rsa ",
    "ssh-ed25519 ",
    "-----BEGIN",
];

/// Parts of a text that say that the real value is to be put there.
const PLACEHOLDERS: [&str; 43] = [
    "change_me",
    "change-me",
    "changeme",
    "changeit",
    "change_it",
    "replace",
    "placeholder",
    "example",
    "sample",
    "dummy",
    "your-",
    "your_",
    "yours",
    "my-secret",
    "my_secret",
    "insert",
    "redacted",
    "sensitive",
    concat!("to", "do"),
    concat!("fix", "me"),
    "xxxx",
    "****",
    "....",
    "____",
    "1234567890abcdef",
    "abcdefghijklmnop",
    "yourpass",
    "not-a-secret",
    "not_a_secret",
    "notasecret",
    "fake",
    "null",
    "undefined",
    "<your",
    "put-your",
    "enter-your",
    "from-env",
    "generated",
    "unused",
    "to-be-set",
    "tobeset",
    "set-me",
    "setme",
];

/// Whole texts that are words of a language or of a form, not secrets.
const WORDS: [&str; 66] = [
    "admin_password",
    "any",
    "api_key",
    "apikey",
    "auto",
    "automatic",
    "aws",
    "basic",
    "bearer",
    "bool",
    "boolean",
    "client",
    "client_secret",
    "custom",
    "default",
    "disabled",
    "empty",
    "enabled",
    "encrypted",
    "env",
    "environment",
    "external",
    "false",
    "file",
    "foobar",
    "github",
    "hidden",
    "inherit",
    "input",
    "jwt",
    "keyvault",
    "kubernetes",
    "local",
    "managed",
    "manual",
    "masked",
    "never",
    "none",
    "number",
    "oauth",
    "oauth2",
    "object",
    "optional",
    "passphrase",
    "passwd",
    "password",
    "plain",
    "prompt",
    "random",
    "required",
    "secret",
    "secretkey",
    "secretsmanager",
    "service",
    "static",
    "str",
    "string",
    "system",
    "text",
    "token",
    "true",
    "type",
    "user",
    "username",
    "value",
    "vault",
];

/// Whether the text points to a secret elsewhere, or is one that only its owner can read.
pub(super) fn is_reference(text: &str) -> bool {
    let anywhere = text.contains("${") || text.contains("{{") || text.contains("$(") || text.contains("%(");
    let variable = text
        .strip_prefix('$')
        .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_'))
        && text
            .chars()
            .skip(1)
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let whole_variable = text.starts_with('%') && text.ends_with('%');
    let address = text.contains("://") && !text.contains('@');
    anywhere
        || variable
        || whole_variable
        || address
        || REFERENCES.iter().any(|begin| text.starts_with(begin))
}

/// Whether the text stands for a value that is still to be set.
pub(super) fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let first = lower.chars().next();
    WORDS.binary_search(&lower.as_str()).is_ok()
        || PLACEHOLDERS.iter().any(|part| lower.contains(part))
        || lower.chars().all(|letter| Some(letter) == first)
        || (lower.starts_with('<') && lower.ends_with('>'))
}

/// Whether a token of a fixed form is an example from documentation.
pub(super) fn is_example(token: &str) -> bool {
    let upper = token.to_ascii_uppercase();
    [
        "EXAMPLE",
        "XXXXXX",
        "000000000",
        "123456789012345",
        "PLACEHOLDER",
        "REDACTED",
        "......",
        "******",
    ]
    .iter()
    .any(|part| upper.contains(part))
}

/// Whether the text reads as a name of something: `prod/database-password`, `tls-secret-2`, `MyService`.
pub(super) fn is_name(text: &str) -> bool {
    text.split(['-', '_', '.', '/', ':', ' ']).all(|part| {
        let digits = part.chars().all(|c| c.is_ascii_digit()) && part.len() <= 4;
        let version = part
            .strip_prefix('v')
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()));
        digits || version || part.chars().all(char::is_alphabetic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted() {
        assert!(WORDS.is_sorted(), "the search halves the list");
    }

    #[test]
    fn what_is_no_literal() {
        for text in [
            "${var.x}",
            "$DB_PASSWORD",
            "%DB%",
            "var.password",
            "https://host/path",
            "ENC[AES256]",
            "{{ .Values.x }}",
        ] {
            assert!(is_reference(text), "{text}");
        }
        for text in [
            "changeme",
            "CHANGE_ME_NOW",
            "<your token>",
            "xxxxxxxx",
            "--------",
            "Required",
            "my-secret-key",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["prod/db-password", "tls-secret-v2", "MyService", "a.b.c"] {
            assert!(is_name(text), "{text}");
        }
    }

    #[test]
    fn what_is_one() {
        for text in ["hunter2", "S3cr3t!pass", "$ecretPass1", "correcthorse9"] {
            assert!(
                !is_reference(text) && !is_placeholder(text) && !is_name(text),
                "{text}"
            );
        }
    }
}
