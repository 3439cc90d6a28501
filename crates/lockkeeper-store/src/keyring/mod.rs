//! The keys that seal what the store keeps.
//!
//! ```text
//! root key (file, variable or command; never in the database)
//!   wraps  the server's secret (number 0, never replaced) -> seals of audit chains, fingerprints, names
//!   wraps  data keys (numbers from 1; the newest seals)   -> columns, blobs
//! ```

mod data_key;
mod frame;
mod root;
mod rotation;
mod unlock;
mod wrapped;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use crate::StoreError;
use crate::key::{KEY_LENGTH, Purpose, ServerKey};

pub use data_key::{DataKey, DataUse};
pub use root::{NotARootKey, RootKey, RootKeyFingerprint};
pub use rotation::{add_data_key, change_root};
pub use unlock::KeyNeeded;
pub use wrapped::WrappedKey;

/// Servers look for new keys more often than this, so that after it none seals with a former one.
const KNOWN_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// The first byte of a sealed name; no UTF-8 text has it.
const NAME_MARK: u8 = 0xfe;
const NONCE_LENGTH: usize = 24;

/// The keys of one database, shared by all that read and write it. Locked, and of no use, until
/// [`crate::Database::unlock`].
#[derive(Clone, Default)]
pub struct Keyring(Arc<RwLock<Option<Arc<Keys>>>>);

/// The keys as they were when they were last read.
struct Keys {
    root: RootKey,
    server: ServerKey,
    names: NameKeys,
    data: BTreeMap<u32, (DataKey, Timestamp)>,
    newest: DataKey,
}

/// Names are sealed under a nonce that is made of the name, so that the same name is sealed alike and can be
/// looked up. Whoever reads the database sees which names are the same, and nothing else.
struct NameKeys {
    nonces: Zeroizing<[u8; KEY_LENGTH]>,
    cipher: XChaCha20Poly1305,
}

/// A data key, as people see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataKeyEntry {
    /// The number.
    pub number: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it seals. Older ones only open.
    pub seals: bool,
}

impl Keyring {
    fn keys(&self) -> Result<Arc<Keys>, StoreError> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.clone().ok_or(StoreError::Locked)
    }

    fn install(&self, keys: Keys) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(keys));
    }

    /// The server's secret, from which everything is derived that rotation must not change.
    ///
    /// # Errors
    /// When the keyring is locked.
    pub fn server_key(&self) -> Result<ServerKey, StoreError> {
        Ok(self.keys()?.server.clone())
    }

    /// The data key that seals.
    ///
    /// # Errors
    /// When the keyring is locked.
    pub fn newest(&self) -> Result<DataKey, StoreError> {
        Ok(self.keys()?.newest.clone())
    }

    /// The data key with that number.
    ///
    /// # Errors
    /// [`StoreError::UnknownKey`] when it is not known: another server may have made it since the keys were read.
    /// [`crate::Database::data_key`] looks again.
    pub fn data_key(&self, number: u32) -> Result<DataKey, StoreError> {
        let keys = self.keys()?;
        let (key, _) = keys.data.get(&number).ok_or(StoreError::UnknownKey(number))?;
        Ok(key.clone())
    }

    /// Every data key, oldest first.
    ///
    /// # Errors
    /// When the keyring is locked.
    pub fn entries(&self) -> Result<Vec<DataKeyEntry>, StoreError> {
        let keys = self.keys()?;
        let entry = |(key, created_at): &(DataKey, Timestamp)| DataKeyEntry {
            number: key.number(),
            created_at: *created_at,
            seals: key.number() == keys.newest.number(),
        };
        Ok(keys.data.values().map(entry).collect())
    }

    /// The newest data key that every server knows, or else the first one: none seals with a former one any more.
    ///
    /// # Errors
    /// When the keyring is locked.
    pub fn settled(&self, now: Timestamp) -> Result<u32, StoreError> {
        let keys = self.keys()?;
        let known = |(_, created_at): &&(DataKey, Timestamp)| *created_at <= now - KNOWN_AFTER;
        let settled = keys.data.values().rev().find(known).or(keys.data.values().next());
        Ok(settled.map_or(keys.newest.number(), |(key, _)| key.number()))
    }

    /// The fingerprint of the root key in use.
    ///
    /// # Errors
    /// When the keyring is locked.
    pub fn root_fingerprint(&self) -> Result<RootKeyFingerprint, StoreError> {
        Ok(self.keys()?.root.fingerprint())
    }

    /// The root key in use: what else it wraps opens with it.
    ///
    /// # Errors
    /// When the keyring is locked.
    pub fn root(&self) -> Result<RootKey, StoreError> {
        Ok(self.keys()?.root.clone())
    }

    /// Seals a value for its place, with the newest data key.
    pub(crate) fn seal(&self, place: &[u8], plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let keys = self.keys()?;
        frame::seal(keys.newest.columns(), keys.newest.number(), place, plain)
    }

    /// Opens a value that was sealed for that place; `what` names it to people.
    pub(crate) fn open(&self, what: &str, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let unreadable = || StoreError::Unreadable(what.to_owned());
        let keys = self.keys()?;
        let number = frame::number(sealed).ok_or_else(unreadable)?;
        let (key, _) = keys.data.get(&number).ok_or(StoreError::UnknownKey(number))?;
        frame::open(key.columns(), place, sealed).ok_or_else(unreadable)
    }

    /// Seals a name, alike each time.
    pub(crate) fn seal_name(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let keys = self.keys()?;
        let hash = blake3::keyed_hash(&keys.names.nonces, name.as_bytes());
        let nonce = hash
            .as_bytes()
            .first_chunk::<NONCE_LENGTH>()
            .ok_or(StoreError::CannotSeal)?;
        let sealed = keys
            .names
            .cipher
            .encrypt(&XNonce::from(*nonce), name.as_bytes())
            .map_err(|_| StoreError::CannotSeal)?;
        Ok([&[NAME_MARK][..], nonce, &sealed].concat())
    }

    /// Opens a name; `what` names the column to people.
    pub(crate) fn open_name(&self, what: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let keys = self.keys()?;
        let opened = sealed
            .strip_prefix(&[NAME_MARK])
            .and_then(|rest| rest.split_first_chunk::<NONCE_LENGTH>())
            .and_then(|(nonce, msg)| {
                let payload = Payload { msg, aad: &[] };
                keys.names.cipher.decrypt(&XNonce::from(*nonce), payload).ok()
            });
        opened.ok_or_else(|| StoreError::Unreadable(what.to_owned()))
    }
}

/// What a value in a column is sealed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sealing {
    /// The data key of that number.
    Key(u32),
    /// The key of names.
    Name,
    /// Nothing.
    Clear,
}

/// For sealing what is there.
impl Keyring {
    /// What the value is sealed by.
    pub(crate) fn sealing_of(value: &[u8]) -> Sealing {
        match value.first() {
            Some(&NAME_MARK) => Sealing::Name,
            _ => frame::number(value).map_or(Sealing::Clear, Sealing::Key),
        }
    }

    /// Seals a value with the newest data key; none when it is so already.
    pub(crate) fn renew(&self, place: &[u8], value: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let newest = self.newest()?.number();
        match Self::sealing_of(value) {
            Sealing::Key(number) if number >= newest => Ok(None),
            Sealing::Key(_) => {
                let plain = self.open("a value that is to be sealed anew", place, value)?;
                self.seal(place, &plain).map(Some)
            }
            Sealing::Name | Sealing::Clear => self.seal(place, value).map(Some),
        }
    }

    /// Seals a name; none when it is sealed already.
    pub(crate) fn renew_name(&self, value: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match Self::sealing_of(value) {
            Sealing::Name => Ok(None),
            Sealing::Key(_) | Sealing::Clear => self.seal_name(&self.read_name(value)?).map(Some),
        }
    }

    /// Reads a name that may not be sealed yet.
    pub(crate) fn read_name(&self, value: &[u8]) -> Result<String, StoreError> {
        let plain = match Self::sealing_of(value) {
            Sealing::Name => self.open_name("a name", value)?,
            Sealing::Key(_) | Sealing::Clear => value.to_vec(),
        };
        String::from_utf8(plain).map_err(|_| StoreError::Unreadable("a name".to_owned()))
    }
}

impl NameKeys {
    fn new(server: &ServerKey) -> Self {
        let key = server.derive(Purpose::Names);
        let nonces = Zeroizing::new(blake3::derive_key("lockkeeper 2026-11 nonces of names", &*key));
        let sealing = Zeroizing::new(blake3::derive_key("lockkeeper 2026-11 sealed names", &*key));
        Self {
            nonces,
            cipher: XChaCha20Poly1305::new((&*sealing).into()),
        }
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring([redacted])")
    }
}
