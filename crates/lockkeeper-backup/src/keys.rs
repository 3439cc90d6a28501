use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::BackupError;
use crate::error::damaged;

const KEY_LENGTH: usize = 32;
const NONCE_LENGTH: usize = 24;
/// Backups are written once and read seldom; level 3 packs rows better than 1 at little cost.
const COMPRESSION_LEVEL: i32 = 3;
/// What one sealed thing may unpack to: a manifest is the largest.
const MOST_UNPACKED: usize = 256 << 20;

/// Seals what goes into a repository, and names it.
#[derive(Clone)]
pub struct RepositoryKeys {
    names: Zeroizing<[u8; KEY_LENGTH]>,
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for RepositoryKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RepositoryKeys([redacted])")
    }
}

impl RepositoryKeys {
    /// Derives the keys from a secret that stays the same for as long as backups are to be read.
    pub fn new(secret: &[u8; KEY_LENGTH]) -> Self {
        let contents = Zeroizing::new(blake3::derive_key("lockkeeper 2026-11 backup contents", secret));
        Self {
            names: Zeroizing::new(blake3::derive_key("lockkeeper 2026-11 backup names", secret)),
            cipher: XChaCha20Poly1305::new((&*contents).into()),
        }
    }

    /// The name of a piece. The same content has the same name; without the key it tells nothing.
    pub(crate) fn name(&self, content: &[u8]) -> String {
        blake3::keyed_hash(&self.names, content).to_hex().to_string()
    }

    /// `nonce (24 bytes) || XChaCha20-Poly1305(zstd(content))`, bound to the name.
    pub(crate) fn seal(&self, name: &str, content: &[u8]) -> Result<Vec<u8>, BackupError> {
        let packed = zstd::bulk::compress(content, COMPRESSION_LEVEL).map_err(|_| damaged(name))?;
        let mut nonce = [0u8; NONCE_LENGTH];
        getrandom::fill(&mut nonce).map_err(|_| damaged("the system's source of randomness"))?;
        let payload = Payload {
            msg: &packed,
            aad: name.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| damaged(name))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what [`RepositoryKeys::seal`] made; none when the key is another or the content was altered.
    pub(crate) fn open(&self, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LENGTH>()?;
        let payload = Payload {
            msg: sealed,
            aad: name.as_bytes(),
        };
        let packed = self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?;
        let size = zstd::bulk::Decompressor::upper_bound(&packed)?.min(MOST_UNPACKED);
        zstd::bulk::decompress(&packed, size).ok()
    }
}
