//! The root key, which is kept outside the data and opens every other key.

use std::fmt;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use zeroize::Zeroizing;

use super::frame;
use crate::StoreError;
use crate::key::KEY_LENGTH;

/// The root key: it wraps the keys in the database, and nothing else. Never printed, wiped when dropped.
#[derive(Clone)]
pub struct RootKey(Zeroizing<[u8; KEY_LENGTH]>);

/// What tells root keys apart, and tells nothing about the key: shown to people, so that they find the right one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootKeyFingerprint(String);

/// Text or bytes that are no root key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is not a root key: 32 bytes were expected, as they are, as 64 hexadecimal digits or as 44 characters of Base64"
)]
pub struct NotARootKey;

impl RootKey {
    /// Takes a key.
    pub fn new(key: [u8; KEY_LENGTH]) -> Self {
        Self(Zeroizing::new(key))
    }

    /// A new key.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random() -> Result<Self, StoreError> {
        let mut key = Zeroizing::new([0u8; KEY_LENGTH]);
        frame::random(&mut *key)?;
        Ok(Self(key))
    }

    /// Reads a key as files, variables and commands hold one: 32 bytes, 64 hexadecimal digits, or Base64, with
    /// white space around the text.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotARootKey> {
        if let Ok(key) = bytes.try_into() {
            return Ok(Self::new(key));
        }
        let text = bytes.trim_ascii();
        let mut key = Zeroizing::new([0u8; KEY_LENGTH]);
        if text.len() == 2 * KEY_LENGTH && hex::decode_to_slice(text, &mut *key).is_ok() {
            return Ok(Self(key));
        }
        let decoded = Zeroizing::new(STANDARD.decode(text).map_err(|_| NotARootKey)?);
        let key = decoded.as_slice().try_into().map_err(|_| NotARootKey)?;
        Ok(Self::new(key))
    }

    /// Writes the key into a new file, readable by its owner only. A file that is there is not replaced.
    ///
    /// # Errors
    /// When the file cannot be written, or is there already.
    pub fn write_new(&self, file: &Path) -> Result<(), StoreError> {
        let failed = |source| StoreError::File {
            what: format!("cannot write the root key {}", file.display()),
            source,
        };
        // A key that is half written would lock everything in for ever: write beside, sync, then link, which
        // fails if the name is taken.
        let beside = file.with_extension("new");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let written = options
            .open(&beside)
            .and_then(|mut new| new.write_all(&*self.0).and_then(|()| new.sync_all()))
            .and_then(|()| std::fs::hard_link(&beside, file))
            .and_then(|()| sync_folder_of(file));
        // Best effort: a key file that is left beside holds the same key as the file does, or no key in use.
        let _ = std::fs::remove_file(&beside);
        written.map_err(failed)
    }

    /// What tells this key from others.
    pub fn fingerprint(&self) -> RootKeyFingerprint {
        let hash = blake3::derive_key("lockkeeper 2026-11 root key fingerprint", &*self.0);
        RootKeyFingerprint(hex::encode(&hash[..8]))
    }

    pub(super) fn cipher(&self) -> XChaCha20Poly1305 {
        let key = Zeroizing::new(blake3::derive_key(
            "lockkeeper 2026-11 root key wrapping",
            &*self.0,
        ));
        XChaCha20Poly1305::new((&*key).into())
    }

    pub(super) fn bytes(&self) -> &[u8; KEY_LENGTH] {
        &self.0
    }
}

fn sync_folder_of(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey([redacted])")
    }
}

impl From<String> for RootKeyFingerprint {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for RootKeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn read_as_bytes_hexadecimal_and_base64() {
        let key = RootKey::new([0xa7; KEY_LENGTH]);
        let base64 = format!("{}\n", STANDARD.encode([0xa7; KEY_LENGTH]));
        let hexadecimal = format!(" {}\n", hex::encode([0xa7; KEY_LENGTH]));
        for text in [&[0xa7; KEY_LENGTH][..], base64.as_bytes(), hexadecimal.as_bytes()] {
            assert_eq!(RootKey::parse(text).unwrap().fingerprint(), key.fingerprint());
        }
        for wrong in [&b""[..], b"short", &[0; 31], &[0; 33], &[b'z'; 64]] {
            assert_eq!(RootKey::parse(wrong).unwrap_err(), NotARootKey);
        }
    }

    #[test]
    fn a_file_is_kept_tight_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        RootKey::new([1; KEY_LENGTH]).write_new(&file).unwrap();
        assert!(RootKey::new([2; KEY_LENGTH]).write_new(&file).is_err());
        assert_eq!(std::fs::read(&file).unwrap(), [1; KEY_LENGTH]);
        assert_eq!(
            std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
