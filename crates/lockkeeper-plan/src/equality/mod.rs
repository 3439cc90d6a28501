//! When two plans have the same effects: when applying either would do the same. It keeps or voids an
//! approval, and compares production with what staging saw.

mod differences;

use lockkeeper_domain::effect::{Action, AttributeChange, AttributeValue, Effect};
use serde::Serialize;

pub use differences::{Difference, Differences, compare};

/// The digest of what the effects do. It does not depend on their order, on reasons, or on what is
/// only said about them (categories, dependents).
///
/// A sensitive value without a fingerprint is taken for equal to any other: read plans with a key
/// when the digest must notice that a secret differs.
pub fn effects_digest(effects: &[Effect]) -> [u8; 32] {
    let mut digests: Vec<[u8; 32]> = effects
        .iter()
        .filter(|effect| counts(effect))
        .map(digest)
        .collect();
    digests.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    for digest in &digests {
        hasher.update(digest);
    }
    *hasher.finalize().as_bytes()
}

/// The digest of the effects in hexadecimal.
pub fn effects_digest_hex(effects: &[Effect]) -> String {
    blake3::Hash::from_bytes(effects_digest(effects))
        .to_hex()
        .to_string()
}

/// Whether the effect does anything: reading data does not.
fn counts(effect: &Effect) -> bool {
    effect.action != Action::Read
}

/// What of an effect decides what applying it does.
#[derive(Serialize, PartialEq)]
struct Essence<'e> {
    address: &'e str,
    deposed: Option<&'e str>,
    previous_address: Option<&'e str>,
    resource_type: &'e str,
    action: &'e Action,
    importing: bool,
    attributes: Vec<(&'e str, &'e AttributeValue, &'e AttributeValue)>,
}

fn essence(effect: &Effect) -> Essence<'_> {
    let mut attributes: Vec<&AttributeChange> = effect.attributes.iter().collect();
    attributes.sort_by(|one, other| one.path.cmp(&other.path));
    Essence {
        address: &effect.address,
        deposed: effect.deposed.as_deref(),
        previous_address: effect.previous_address.as_deref(),
        resource_type: &effect.resource_type,
        action: &effect.action,
        importing: effect.importing,
        attributes: attributes
            .into_iter()
            .map(|attribute| (attribute.path.as_str(), &attribute.before, &attribute.after))
            .collect(),
    }
}

fn digest(effect: &Effect) -> [u8; 32] {
    // Writing JSON into memory cannot fail; if it ever did, no two digests may agree by that.
    let text = serde_json::to_vec(&essence(effect)).unwrap_or_else(|_| format!("{effect:?}").into_bytes());
    *blake3::hash(&text).as_bytes()
}
