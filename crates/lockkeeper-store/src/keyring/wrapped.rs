//! Wrapped keys outside the database: what a backup carries, so that the root key opens it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::unlock::{SERVER_KEY, place};
use super::{RootKey, frame};
use crate::key::{KEY_LENGTH, ServerKey};
use crate::tables::encryption_keys;
use crate::{StoreError, Transaction};

/// A key as it stands in the database: of no use without the root key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrappedKey {
    /// The number: 0 is the server's secret, the others are data keys.
    pub number: u32,
    /// The key, sealed by the root key, in hexadecimal.
    pub wrapped: String,
    /// The fingerprint of the root key.
    pub root_fingerprint: String,
    /// When the key was made.
    pub created_at: Timestamp,
}

impl WrappedKey {
    /// Every key of a database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all(transaction: &mut Transaction) -> Result<Vec<Self>, StoreError> {
        let rows = encryption_keys::every(transaction).await?;
        let keys = rows.into_iter().map(|row| {
            Ok(Self {
                number: u32::try_from(row.number).map_err(|_| unreadable(row.number))?,
                wrapped: hex::encode(&row.wrapped),
                root_fingerprint: row.root_fingerprint,
                created_at: *row.created_at,
            })
        });
        keys.collect()
    }

    /// Puts keys into a database. One that is there is left as it is.
    ///
    /// # Errors
    /// When the database fails, or a key is damaged.
    pub async fn keep(transaction: &mut Transaction, keys: &[Self]) -> Result<(), StoreError> {
        for key in keys {
            let wrapped = hex::decode(&key.wrapped).map_err(|_| unreadable(key.number))?;
            let (number, fingerprint) = (i64::from(key.number), &key.root_fingerprint);
            encryption_keys::insert(transaction, number, &wrapped, fingerprint, key.created_at).await?;
        }
        Ok(())
    }

    /// The server's secret, of a server whose keys these are.
    ///
    /// # Errors
    /// [`StoreError::WrongRootKey`] when the root key is another.
    pub fn open_server_key(keys: &[Self], root: &RootKey) -> Result<ServerKey, StoreError> {
        let key = keys.iter().find(|key| key.number == SERVER_KEY);
        let key = key.ok_or_else(|| unreadable(SERVER_KEY))?;
        if key.root_fingerprint != root.fingerprint().to_string() {
            return Err(StoreError::WrongRootKey {
                needed: key.root_fingerprint.clone().into(),
                given: root.fingerprint(),
            });
        }
        let wrapped = hex::decode(&key.wrapped).map_err(|_| unreadable(SERVER_KEY))?;
        let secret = frame::open(&root.cipher(), &place(SERVER_KEY), &wrapped).map(Zeroizing::new);
        let secret: Option<[u8; KEY_LENGTH]> = secret.and_then(|secret| secret.as_slice().try_into().ok());
        secret.map(ServerKey::new).ok_or_else(|| unreadable(SERVER_KEY))
    }
}

fn unreadable(number: impl std::fmt::Display) -> StoreError {
    StoreError::Unreadable(format!("the key {number}"))
}
