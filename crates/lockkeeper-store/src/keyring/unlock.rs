//! Reading the keys from the database, and making them when there is no data yet.

use std::collections::BTreeMap;
use std::pin::Pin;

use jiff::Timestamp;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{DataKey, Keyring, Keys, NameKeys, RootKey, RootKeyFingerprint, frame};
use crate::key::{KEY_LENGTH, ServerKey};
use crate::tables::{audit, encryption_keys};
use crate::{Database, StoreError, Transaction};

/// The number under which the server's secret is kept.
pub(super) const SERVER_KEY: u32 = 0;

type Refresh<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;

/// Which root key opens a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyNeeded {
    /// Any: there is no data yet.
    Any,
    /// The key file of a version that had one key for everything.
    First,
    /// This one.
    Root(RootKeyFingerprint),
}

impl Database {
    /// Which root key this database needs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn key_needed(&self) -> Result<KeyNeeded, StoreError> {
        let mut transaction = self.read().await?;
        let keys = encryption_keys::every(&mut transaction).await?;
        Ok(match keys.into_iter().next() {
            Some(key) => KeyNeeded::Root(key.root_fingerprint.into()),
            None if encryption_keys::any_data(&mut transaction).await?.is_some() => KeyNeeded::First,
            None => KeyNeeded::Any,
        })
    }

    /// Opens the keys with the root key. In a database without data they are made.
    ///
    /// # Errors
    /// [`StoreError::WrongRootKey`] when it is another root key than the data need.
    pub async fn unlock(&self, root: &RootKey, now: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        if encryption_keys::every(&mut transaction).await?.is_empty() {
            make_keys(&mut transaction, root, now).await?;
            transaction.commit().await?;
            transaction = self.read().await?;
        }
        let keys = read_keys(&mut transaction, root).await?;
        self.keyring().install(keys);
        Ok(())
    }

    /// Reads the keys again: another server may have made one.
    ///
    /// # Errors
    /// As [`Database::unlock`].
    pub async fn refresh_keys(&self) -> Result<(), StoreError> {
        let mut transaction = self.read().await?;
        self.keyring().refresh(&mut transaction).await
    }

    /// The data key with that number, which another server may have made a moment ago.
    ///
    /// # Errors
    /// [`StoreError::UnknownKey`] when there is none.
    pub async fn data_key(&self, number: u32) -> Result<DataKey, StoreError> {
        match self.keyring().data_key(number) {
            Err(StoreError::UnknownKey(_)) => {
                self.refresh_keys().await?;
                self.keyring().data_key(number)
            }
            known => known,
        }
    }
}

impl Keyring {
    /// Reads the keys again. Boxed, since reading rows may lead here.
    pub(crate) fn refresh<'a>(&'a self, transaction: &'a mut Transaction) -> Refresh<'a> {
        Box::pin(async move {
            let root = self.keys()?.root.clone();
            self.install(read_keys(transaction, &root).await?);
            Ok(())
        })
    }
}

/// The content of the first key file becomes the server's secret, so that all that was derived from it holds.
async fn make_keys(transaction: &mut Transaction, root: &RootKey, now: Timestamp) -> Result<(), StoreError> {
    let mut secret = Zeroizing::new([0u8; KEY_LENGTH]);
    if encryption_keys::any_data(transaction).await?.is_some() {
        secret.copy_from_slice(root.bytes());
        let head = audit::head(transaction, Uuid::nil()).await?;
        if head.is_some_and(|head| !head.is_sealed_by(&ServerKey::new(*secret), Uuid::nil())) {
            return Err(StoreError::NotTheFirstKey(root.fingerprint()));
        }
    } else {
        frame::random(&mut *secret)?;
    }
    insert(transaction, root, SERVER_KEY, &secret, now).await?;
    let mut key = Zeroizing::new([0u8; KEY_LENGTH]);
    frame::random(&mut *key)?;
    insert(transaction, root, SERVER_KEY + 1, &key, now).await
}

pub(super) async fn insert(
    transaction: &mut Transaction,
    root: &RootKey,
    number: u32,
    key: &[u8; KEY_LENGTH],
    now: Timestamp,
) -> Result<(), StoreError> {
    let wrapped = wrap(root, number, key)?;
    let fingerprint = root.fingerprint().to_string();
    // Of several servers that start at once on an empty database one makes the keys; all read them afterwards.
    encryption_keys::insert(transaction, number.into(), &wrapped, &fingerprint, now).await?;
    Ok(())
}

pub(super) fn wrap(root: &RootKey, number: u32, key: &[u8; KEY_LENGTH]) -> Result<Vec<u8>, StoreError> {
    frame::seal(&root.cipher(), number, &place(number), key)
}

pub(super) fn place(number: u32) -> [u8; 20] {
    let purpose: &[u8; 16] = if number == SERVER_KEY {
        b"server secret   "
    } else {
        b"data key        "
    };
    let mut place = [0; 20];
    place[..16].copy_from_slice(purpose);
    place[16..].copy_from_slice(&number.to_be_bytes());
    place
}

async fn read_keys(transaction: &mut Transaction, root: &RootKey) -> Result<Keys, StoreError> {
    let cipher = root.cipher();
    let (mut server, mut data) = (None, BTreeMap::new());
    for row in encryption_keys::every(transaction).await? {
        if row.root_fingerprint != root.fingerprint().to_string() {
            return Err(StoreError::WrongRootKey {
                needed: row.root_fingerprint.into(),
                given: root.fingerprint(),
            });
        }
        let damaged = || StoreError::Unreadable(format!("the key {}", row.number));
        let number = u32::try_from(row.number).map_err(|_| damaged())?;
        let key = frame::open(&cipher, &place(number), &row.wrapped).map(Zeroizing::new);
        let key: [u8; KEY_LENGTH] = key
            .and_then(|key| key.as_slice().try_into().ok())
            .ok_or_else(damaged)?;
        if number == SERVER_KEY {
            server = Some(ServerKey::new(key));
        } else {
            data.insert(number, (DataKey::new(number, key), *row.created_at));
        }
    }
    let newest = data.last_key_value().map(|(_, (key, _))| key.clone());
    let (Some(server), Some(newest)) = (server, newest) else {
        return Err(StoreError::Unreadable("the table of keys".to_owned()));
    };
    Ok(Keys {
        root: root.clone(),
        names: NameKeys::new(&server),
        server,
        data,
        newest,
    })
}
