use lockkeeper_store::key::{Purpose, ServerKey};
use lockkeeper_store::keyring::{RootKey, WrappedKey};
use serde::{Deserialize, Serialize};

use crate::{BackupError, RepositoryKeys};

/// The keys of the server that made a backup, wrapped by its root key: what opens the rest of the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The keys, as they stand in the database.
    pub keys: Vec<WrappedKey>,
}

impl Envelope {
    /// The server's secret, from which the keys of the repository come.
    ///
    /// # Errors
    /// When the root key is another than the one that wraps it; the error names the right one.
    pub fn server_key(&self, root: &RootKey) -> Result<ServerKey, BackupError> {
        Ok(WrappedKey::open_server_key(&self.keys, root)?)
    }
}

/// The keys of the repository of the server that has this secret.
pub fn repository_keys(server: &ServerKey) -> RepositoryKeys {
    RepositoryKeys::new(&server.derive(Purpose::Backups))
}
