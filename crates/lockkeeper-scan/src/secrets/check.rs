//! What a rule asks beside its pattern.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;

use super::entropy::entropy;
use super::file_kind::FileKind;
use super::literal::{is_example, is_placeholder, is_reference};
use super::rule::Rule;
use super::{assigned, kubernetes};

/// A check that a rule names in its data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Check {
    /// None but those for every rule: the entropy, and no example.
    #[default]
    None,
    /// The last six characters are a checksum of those before; one that does not hold needs more entropy.
    Checksum,
    /// A digit is among the characters.
    HasDigit,
    /// Base64 of `user:password`.
    BasicLogin,
    /// The base64 of a key follows.
    PrivateKeyBody,
    /// The header decodes to JSON that names an algorithm.
    JsonWebToken,
    /// A password between user and host.
    AddressPassword,
    /// A password that somebody typed: neither a reference nor a placeholder.
    TypedPassword,
    /// The document gives literal values.
    KubernetesSecret,
    /// A literal beside a telling name.
    Assigned,
}

/// What a pattern matched.
pub(super) struct Candidate<'c> {
    pub(super) content: &'c [u8],
    pub(super) kind: FileKind,
    /// The name that stands before the secret.
    pub(super) name: Option<&'c str>,
    /// Where the secret stands.
    pub(super) span: Range<usize>,
    /// What follows, where the rule asks for it.
    pub(super) body: Option<&'c [u8]>,
    /// The host of an address.
    pub(super) host: Option<&'c [u8]>,
    /// Whether the secret stands in quotes.
    pub(super) quoted: bool,
}

/// Whether the rule takes the match for a secret.
pub(super) fn accepts(rule: &Rule, candidate: &Candidate<'_>) -> bool {
    let secret = candidate.content.get(candidate.span.clone()).unwrap_or_default();
    let text = String::from_utf8_lossy(secret);
    let random = |bits: f64| entropy(secret) >= bits;
    match rule.check {
        Check::PrivateKeyBody => candidate.body.is_some_and(|body| entropy(body) >= 3.0),
        Check::KubernetesSecret => kubernetes::has_literal(candidate.content, candidate.span.start),
        Check::Assigned => candidate
            .name
            .is_some_and(|name| assigned::is_secret(name, &text, candidate.quoted, candidate.kind)),
        Check::TypedPassword => is_typed(&text),
        Check::AddressPassword => is_address_password(&text, candidate.host.unwrap_or_default()),
        _ if is_example(&text) || !random(rule.entropy) => false,
        Check::None => true,
        Check::HasDigit => secret.iter().any(u8::is_ascii_digit) && !is_reference(&text),
        Check::Checksum => checksum_holds(secret) || random(rule.entropy + 0.4),
        Check::BasicLogin => is_login(&text),
        Check::JsonWebToken => is_web_token(&text),
    }
}

fn is_typed(text: &str) -> bool {
    text.chars().count() >= 4 && !is_reference(text) && !is_placeholder(text)
}

fn is_address_password(password: &str, host: &[u8]) -> bool {
    let host = String::from_utf8_lossy(host).to_ascii_lowercase();
    let local = ["localhost", "127.0.0.1", "[::1]", "host", "hostname", "0.0.0.0"].contains(&host.as_str());
    let example = ["example.com", "example.org", "example.net"]
        .iter()
        .any(|end| host.ends_with(end));
    let word = password.chars().all(|c| c.is_ascii_alphabetic());
    let short = matches!(
        password.to_ascii_lowercase().as_str(),
        "pass" | "pwd" | "secret" | "pw" | "test" | "port"
    );
    let opened =
        password.contains(['{', '}', '$', '%']) && (password.contains("%s") || password.contains('{'));
    is_typed_or_short(password)
        && !short
        && !opened
        && !(word && (local || example))
        && !(example && is_placeholder(password))
}

fn is_typed_or_short(text: &str) -> bool {
    !is_reference(text) && !is_placeholder(text) && !text.starts_with('$')
}

fn is_login(text: &str) -> bool {
    let decoded = STANDARD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    decoded
        .as_deref()
        .and_then(|login| login.split_once(':'))
        .is_some_and(|(user, password)| {
            !user.is_empty() && user.chars().all(|c| c.is_ascii_graphic()) && is_typed(password)
        })
}

fn is_web_token(text: &str) -> bool {
    let header = text
        .split('.')
        .next()
        .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    header
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .is_some_and(|header| header.get("alg").is_some_and(serde_json::Value::is_string))
}

/// GitHub and npm end their tokens with the CRC-32 of the random part, in base 62.
fn checksum_holds(token: &[u8]) -> bool {
    let Some(random_end) = token.len().checked_sub(6) else {
        return false;
    };
    let (head, sum) = token.split_at(random_end);
    let random = head
        .iter()
        .position(|byte| *byte == b'_')
        .and_then(|at| head.get(at + 1..));
    random.is_some_and(|random| base62(crc32(random)) == sum)
}

fn base62(mut number: u32) -> Vec<u8> {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::new();
    for _ in 0..6 {
        digits.push(DIGITS.get((number % 62) as usize).copied().unwrap_or(b'0'));
        number /= 62;
    }
    digits.reverse();
    digits
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg());
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_of_a_published_and_revoked_token() {
        let token = ["ghp", "_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat();
        assert!(checksum_holds(token.as_bytes()));
        assert!(!checksum_holds(token.replace("0mLq17", "0mLq18").as_bytes()));
        assert!(!checksum_holds(b"ghp"));
    }

    #[test]
    fn passwords_in_addresses() {
        assert!(is_address_password("s3cr3tpw", b"db.shop.internal"));
        assert!(is_address_password("postgres", b"db"));
        for (password, host) in [
            ("postgres", "localhost"),
            ("password", "db"),
            ("${var.p}", "db"),
            ("$PASSWORD", "db"),
            ("%s", "%s"),
        ] {
            assert!(
                !is_address_password(password, host.as_bytes()),
                "{password}@{host}"
            );
        }
    }
}
