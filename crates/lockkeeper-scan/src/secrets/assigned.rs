//! Whether a value beside a telling name is a secret, or only looks like one.

use super::entropy::entropy;
use super::file_kind::FileKind;
use super::literal::{is_name, is_placeholder, is_reference};
use super::name::NamedSecret;

/// The shortest password that counts.
const SHORTEST_PASSWORD: usize = 5;
/// The shortest key or token that counts.
const SHORTEST_KEY: usize = 10;

/// Whether the value beside the name is a secret.
pub(super) fn is_secret(name: &str, value: &str, quoted: bool, kind: FileKind) -> bool {
    let value = value.trim();
    let Some(named) = NamedSecret::of(name) else {
        return false;
    };
    if kind == FileKind::Generated || (!quoted && !kind.has_bare_literals()) {
        return false;
    }
    if value.chars().any(char::is_whitespace) || is_reference(value) || is_placeholder(value) {
        return false;
    }
    // A call or an index stands without quotes: `get_secret("x")`, `secrets[0]`.
    if !quoted && value.contains(['(', '[', '{']) {
        return false;
    }
    match named {
        NamedSecret::Password => is_password(value, kind),
        NamedSecret::Key => is_key(value, kind),
    }
}

fn is_password(value: &str, kind: FileKind) -> bool {
    let length = value.chars().count();
    if is_name(value) {
        return is_plain_word(value, kind);
    }
    match kind {
        FileKind::Prose => length >= 12 && entropy(value.as_bytes()) >= 3.2,
        FileKind::Source => length >= 6 && value.chars().any(|c| c.is_ascii_digit()),
        _ => length >= SHORTEST_PASSWORD,
    }
}

/// A word in lower case is a weak password where a tool is given one: `POSTGRES_PASSWORD: postgres`.
/// Elsewhere it is more often a label or a field of a form.
fn is_plain_word(value: &str, kind: FileKind) -> bool {
    matches!(kind, FileKind::Hcl | FileKind::Yaml | FileKind::Settings)
        && value.len() >= SHORTEST_PASSWORD
        && value.chars().all(|c| c.is_ascii_lowercase())
}

fn is_key(value: &str, kind: FileKind) -> bool {
    let length = value.chars().count();
    let has_digit = value.chars().any(|c| c.is_ascii_digit());
    let has_letter = value.chars().any(char::is_alphabetic);
    let mixed =
        value.chars().any(|c| c.is_ascii_uppercase()) && value.chars().any(|c| c.is_ascii_lowercase());
    // Forty letters without a digit are rare, but no word of any language either.
    let random_letters =
        length >= 24 && mixed && has_letter && entropy(value.as_bytes()) >= 4.0 && !is_camel(value);
    let least = match kind {
        _ if kind.is_configuration() => 2.8,
        FileKind::Prose => 3.7,
        _ => 3.3,
    };
    let shortest = if kind.is_configuration() { SHORTEST_KEY } else { 16 };
    length >= shortest
        && ((has_digit && has_letter && !is_name(value)) || random_letters)
        && entropy(value.as_bytes()) >= least
}

/// Whether capitals only begin words, as in `ThisIsTheNameOfAField`.
fn is_camel(value: &str) -> bool {
    let letters: Vec<char> = value.chars().collect();
    let capitals = letters.iter().filter(|c| c.is_ascii_uppercase()).count();
    let doubled = letters
        .windows(2)
        .filter(|pair| pair.iter().all(|c| c.is_ascii_uppercase()))
        .count();
    doubled == 0 && capitals * 3 <= letters.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_beside_telling_names() {
        for (name, value, quoted, kind) in [
            ("password", "hunter2", true, FileKind::Hcl),
            ("db_password", "SuperSecret123!", true, FileKind::Hcl),
            ("POSTGRES_PASSWORD", "postgres", false, FileKind::Yaml),
            (
                "api_key",
                "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
                true,
                FileKind::Json,
            ),
            ("TOKEN", "aB3dE5fG7hI9jK1l", false, FileKind::Settings),
            ("password", "Tr0ub4dor&3", true, FileKind::Source),
        ] {
            assert!(is_secret(name, value, quoted, kind), "{name} {value}");
        }
    }

    #[test]
    fn what_only_looks_like_one() {
        for (name, value, quoted, kind) in [
            ("password", "var.password", false, FileKind::Hcl),
            ("password", "${var.password}", true, FileKind::Hcl),
            ("password", "changeme", true, FileKind::Hcl),
            ("password", "Contraseña", true, FileKind::Json),
            ("password", "prod-db-password", true, FileKind::Yaml),
            ("secret", "projects/1/secrets/db", true, FileKind::Hcl),
            ("token", "string", false, FileKind::Yaml),
            ("password", "the password of the database", true, FileKind::Hcl),
            ("password_length", "16aaaaaaaaaa", true, FileKind::Hcl),
            ("api_key", "ServiceAccountKeyFromTheConsole", true, FileKind::Hcl),
            ("password", "hunter2", true, FileKind::Generated),
        ] {
            assert!(!is_secret(name, value, quoted, kind), "{name} {value}");
        }
    }
}
