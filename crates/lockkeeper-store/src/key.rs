//! The server's secret, from which every key is derived that rotation must not change.

use zeroize::Zeroizing;

/// The length of every key, in bytes.
pub const KEY_LENGTH: usize = 32;

/// The server's secret. It is made once and never replaced: seals of audit chains, fingerprints in plans and
/// sealed names must be the same after any rotation. Kept wrapped by the root key. Never printed, wiped when
/// dropped.
#[derive(Clone)]
pub struct ServerKey(Zeroizing<[u8; KEY_LENGTH]>);

/// What a derived key is for. Keys for different purposes have nothing to do with each other.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// Encrypts blobs that were written before there were data keys.
    BlobContents,
    /// Seals the heads of audit chains.
    AuditSeal,
    /// Fingerprints sensitive values in plans.
    Fingerprints,
    /// Seals names, alike each time, so that they can be looked up.
    Names,
    /// Hashes the words by which resources in states are found.
    StateWords,
    /// Seals what stands in states.
    StateInventories,
    /// Seals and names what is in backups.
    Backups,
}

impl Purpose {
    fn context(self) -> &'static str {
        match self {
            Purpose::BlobContents => "lockkeeper 2026-11 blob contents",
            Purpose::AuditSeal => "lockkeeper 2026-11 audit seal",
            Purpose::Fingerprints => "lockkeeper 2026-11 fingerprints",
            Purpose::Names => "lockkeeper 2026-11 names",
            Purpose::StateWords => "lockkeeper 2026-11 words of states",
            Purpose::StateInventories => "lockkeeper 2026-11 inventories of states",
            Purpose::Backups => "lockkeeper 2026-11 backups",
        }
    }
}

impl ServerKey {
    /// Takes the secret.
    pub fn new(key: [u8; KEY_LENGTH]) -> Self {
        Self(Zeroizing::new(key))
    }

    /// The key for one purpose.
    pub fn derive(&self, purpose: Purpose) -> Zeroizing<[u8; KEY_LENGTH]> {
        Zeroizing::new(blake3::derive_key(purpose.context(), &*self.0))
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_LENGTH] {
        &self.0
    }
}

impl std::fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServerKey([redacted])")
    }
}
