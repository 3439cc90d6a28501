//! Keys that seal data: numbered, random, and replaced by rotation.

use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use zeroize::Zeroizing;

use crate::key::KEY_LENGTH;

/// What a data key seals. Keys for different uses have nothing to do with each other.
#[derive(Debug, Clone, Copy)]
pub enum DataUse {
    /// Columns of the database.
    Columns,
    /// Blobs.
    Blobs,
}

/// A data key.
#[derive(Clone)]
pub struct DataKey {
    number: u32,
    key: Zeroizing<[u8; KEY_LENGTH]>,
    columns: XChaCha20Poly1305,
}

impl DataKey {
    pub(super) fn new(number: u32, key: [u8; KEY_LENGTH]) -> Self {
        let key = Zeroizing::new(key);
        let columns = XChaCha20Poly1305::new((&*derive(&key, DataUse::Columns)).into());
        Self { number, key, columns }
    }

    /// The number, from 1: what stands in front of all that it sealed.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The key for one use.
    pub fn derive(&self, data_use: DataUse) -> Zeroizing<[u8; KEY_LENGTH]> {
        derive(&self.key, data_use)
    }

    pub(super) fn columns(&self) -> &XChaCha20Poly1305 {
        &self.columns
    }

    pub(super) fn bytes(&self) -> &[u8; KEY_LENGTH] {
        &self.key
    }
}

fn derive(key: &[u8; KEY_LENGTH], data_use: DataUse) -> Zeroizing<[u8; KEY_LENGTH]> {
    let context = match data_use {
        DataUse::Columns => "lockkeeper 2026-11 data key for columns",
        DataUse::Blobs => "lockkeeper 2026-11 data key for blobs",
    };
    Zeroizing::new(blake3::derive_key(context, key))
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DataKey({}, [redacted])", self.number)
    }
}
