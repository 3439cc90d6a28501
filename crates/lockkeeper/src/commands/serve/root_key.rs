//! The root key, from where the operator keeps it.

use std::path::Path;

use lockkeeper_store::keyring::{KeyNeeded, RootKey};
use lockkeeper_store::{Database, sealing};
use lockkeeper_usecases::clock::{Clock, SystemClock};

use super::server::{failed, store_failed};
use crate::failure::Failure;

/// Opens the database's keys with the root key.
pub(super) async fn unlock(database: &Database, file: &Path) -> Result<(), Failure> {
    let root = match std::fs::read(file) {
        Ok(bytes) => RootKey::parse(&bytes)
            .map_err(|error| failed(format!("cannot use the root key {}: {error}", file.display())))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => first_key(database, file).await?,
        Err(error) => return Err(Failure::file("read the root key", file, &error)),
    };
    database
        .unlock(&root, SystemClock.now())
        .await
        .map_err(store_failed)?;
    // What an earlier version wrote in clear is sealed before anything is served: from then on text in clear is
    // not believed.
    let sealed = sealing::seal_tables(database, SystemClock.now())
        .await
        .map_err(store_failed)?;
    if sealed > 0 {
        tracing::info!(
            values = sealed,
            "sealed what was kept in clear or under a former data key"
        );
    }
    Ok(())
}

/// A key is made for a database without data only: over data it would lock everything in for ever.
async fn first_key(database: &Database, file: &Path) -> Result<RootKey, Failure> {
    let lost = |needed: String| {
        failed(format!("the root key {} is missing, and the data need {needed}", file.display()))
            .with_hint("put the file back, or restore it from where it is kept: without it nothing of the data can be read")
    };
    match database.key_needed().await.map_err(store_failed)? {
        KeyNeeded::Any => {
            let root = RootKey::random().map_err(store_failed)?;
            root.write_new(file).map_err(store_failed)?;
            Ok(root)
        }
        KeyNeeded::First => Err(lost("the one that was made at the first start".to_owned())),
        KeyNeeded::Root(fingerprint) => Err(lost(format!("the one with the fingerprint {fingerprint}"))),
    }
}

/// Reads the root key, which must be there.
pub(super) fn read(file: &Path) -> Result<RootKey, Failure> {
    let bytes = std::fs::read(file).map_err(|error| Failure::file("read the root key", file, &error))?;
    RootKey::parse(&bytes)
        .map_err(|error| failed(format!("cannot use the root key {}: {error}", file.display())))
}
