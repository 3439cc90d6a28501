//! New data keys, and another root key.

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::unlock::{insert, wrap};
use super::{Keyring, RootKey, frame};
use crate::key::KEY_LENGTH;
use crate::tables::encryption_keys;
use crate::{StoreError, Transaction};

/// Makes a data key, which seals everything that is written from now on. This server uses it after
/// [`crate::Database::refresh_keys`], the others within the time in which they look for it.
///
/// # Errors
/// When the root key was changed since the keys were read.
pub async fn add_data_key(transaction: &mut Transaction, now: Timestamp) -> Result<u32, StoreError> {
    let keyring = taken(transaction).await?;
    let keys = keyring.keys()?;
    let number = keys
        .newest
        .number()
        .checked_add(1)
        .ok_or(StoreError::CannotSeal)?;
    let mut key = Zeroizing::new([0u8; KEY_LENGTH]);
    frame::random(&mut *key)?;
    insert(transaction, &keys.root, number, &key, now).await?;
    Ok(number)
}

/// Wraps every key with another root key. When the transaction is committed, the former root key opens nothing
/// any more.
///
/// # Errors
/// When the root key was changed since the keys were read.
pub async fn change_root(transaction: &mut Transaction, root: &RootKey) -> Result<(), StoreError> {
    let keyring = taken(transaction).await?;
    let keys = keyring.keys()?;
    let fingerprint = root.fingerprint().to_string();
    let data = keys.data.values().map(|(key, _)| (key.number(), key.bytes()));
    for (number, key) in std::iter::once((0, keys.server.bytes())).chain(data) {
        let wrapped = wrap(root, number, key)?;
        encryption_keys::rewrap(transaction, number.into(), &wrapped, &fingerprint).await?;
    }
    Ok(())
}

/// Takes the keys, so that nobody else alters them, and reads them as they are now.
async fn taken(transaction: &mut Transaction) -> Result<Keyring, StoreError> {
    encryption_keys::take(transaction).await?;
    let keyring = transaction.keyring().clone();
    keyring.refresh(transaction).await?;
    Ok(keyring)
}
