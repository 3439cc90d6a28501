//! The servers of one database: who this one is, and which of the others have gone silent.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use lockkeeper_domain::id::ServerId;
use lockkeeper_store::tables::servers;
use lockkeeper_store::{StoreError, Transaction};

use crate::clock::new_uuid;
use crate::{App, UseCaseError};

/// In the data folder: what tells it from the data folders of other servers.
const FOLDER_FILE: &str = "folder-id";

/// Who this server is, and what it knows of the others.
#[derive(Debug)]
pub struct Servers {
    id: ServerId,
    machine: String,
    host: String,
    silent: Mutex<HashSet<ServerId>>,
}

impl Servers {
    /// A server that starts on the data folder. It is the only one there, which the folder's lock sees to: what
    /// served from it before, on the same computer, has ended.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn open(data: &Path) -> Result<Self, UseCaseError> {
        let file = data.join(FOLDER_FILE);
        let folder = folder_id(&file).map_err(|error| {
            UseCaseError::internal(format!("cannot read or write {}: {error}", file.display()))
        })?;
        let host = nix::unistd::gethostname().map_or_else(
            |_| "unknown".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        );
        Ok(Self {
            id: ServerId::new(new_uuid()),
            machine: format!("{host}/{folder}"),
            host,
            silent: Mutex::default(),
        })
    }

    /// This process.
    pub fn id(&self) -> ServerId {
        self.id
    }

    /// Whether a server of that machine ran on this computer, from this data folder: what it left at work can be
    /// looked for here, and nowhere else.
    pub fn is_own_machine(&self, machine: &str) -> bool {
        self.machine == machine
    }

    /// Sets which servers have not beaten for as long as a lease, as far as this one has seen.
    pub fn set_silent(&self, silent: HashSet<ServerId>) {
        *self.silent.lock().unwrap_or_else(PoisonError::into_inner) = silent;
    }

    /// Whether the server has ended, or is silent.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn has_gone(
        &self,
        transaction: &mut Transaction,
        server: ServerId,
    ) -> Result<bool, StoreError> {
        let silent = self
            .silent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&server);
        Ok(silent || servers::at_work_by_id(transaction, server).await?.is_none())
    }
}

fn folder_id(file: &Path) -> std::io::Result<String> {
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
    {
        Ok(mut made) => {
            let id = new_uuid().to_string();
            made.write_all(id.as_bytes())?;
            made.sync_all()?;
            Ok(id)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => std::fs::read_to_string(file),
        Err(error) => Err(error),
    }
}

/// Puts this server on record, and the end of what served from its data folder before.
///
/// # Errors
/// When the database fails.
pub async fn register(app: &App) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    servers::end_earlier(&mut transaction, &app.servers.machine, app.now()).await?;
    insert(app, &mut transaction).await?;
    Ok(transaction.commit().await?)
}

async fn insert(app: &App, transaction: &mut Transaction) -> Result<(), StoreError> {
    let (own, root) = (&app.servers, app.database.keyring().root_fingerprint()?);
    let (machine, host) = (&own.machine, &own.host);
    servers::insert(transaction, own.id, machine, host, &root.to_string(), app.now()).await?;
    Ok(())
}

/// Says that this server is alive. One that was given up, because its computer slept, is on record again.
///
/// # Errors
/// When the database fails.
pub async fn beat(app: &App) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    if servers::beat(&mut transaction, app.servers.id).await? == 0 {
        insert(app, &mut transaction).await?;
    }
    Ok(transaction.commit().await?)
}

/// Puts the end of servers on record that died, unless they have beaten since those beats were seen. They are then
/// forgotten as those are that ended in good order.
///
/// # Errors
/// When the database fails.
pub async fn give_up(app: &App, dead: &[(ServerId, i64)]) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    for (server, beats) in dead {
        if servers::give_up(&mut transaction, *server, *beats, app.now()).await? > 0 {
            tracing::warn!(%server, "a server has been silent for long: it is taken for dead");
        }
    }
    Ok(transaction.commit().await?)
}

/// Puts the end of this server on record.
///
/// # Errors
/// When the database fails; the others see it fall silent then.
pub async fn end(app: &App) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    servers::end(&mut transaction, app.servers.id, app.now()).await?;
    Ok(transaction.commit().await?)
}
