//! Opening what backups are made of, and where they are kept.

use jiff::Timestamp;
use lockkeeper_backup::{
    BackupError, BackupFile, BackupId, Manifest, Repository, RepositoryKeys, repository_keys,
};
use lockkeeper_config::ServerConfig;
use lockkeeper_config::server::BackupPlace;
use lockkeeper_store::Database;
use lockkeeper_store::blobs::Blobs;
use lockkeeper_store::key::ServerKey;
use lockkeeper_store::keyring::RootKey;
use lockkeeper_usecases::backups::{BackupContext, BackupSettings};
use lockkeeper_usecases::clock::{Clock, SystemClock};

use crate::commands::serve::{self, ConfigurationArguments, refused};
use crate::exit::Exit;
use crate::failure::Failure;

/// The data of a server, which may be at work meanwhile.
pub(super) struct Opened {
    database: Database,
    blobs: Blobs,
    key: ServerKey,
    settings: BackupSettings,
    now: Timestamp,
}

impl Opened {
    /// Opens the data of the server that has this configuration.
    ///
    /// # Errors
    /// When there are no data, or they do not open.
    pub(super) async fn of_server(arguments: &ConfigurationArguments) -> Result<Self, Failure> {
        let configuration = serve::read_configuration(arguments, None)?;
        serve::require_data(&configuration)?;
        let database = serve::open_database(&configuration.database).await?;
        serve::unlock(&configuration, &database).await?;
        let key = database.keyring().server_key().map_err(serve::store_failed)?;
        let blobs = serve::open_blobs(&configuration, &database).await?;
        Ok(Self {
            settings: serve::backup_settings(&configuration)?,
            database,
            blobs,
            key,
            now: SystemClock.now(),
        })
    }

    pub(super) fn context(&self) -> BackupContext<'_> {
        BackupContext {
            database: &self.database,
            blobs: &self.blobs,
            key: &self.key,
            settings: &self.settings,
            now: self.now,
        }
    }
}

/// A place of backups, and the configuration that says how it is reached.
pub(super) struct Place {
    pub(super) configuration: ServerConfig,
    pub(super) repository: Repository,
}

/// A backup that was chosen and opened.
pub(super) struct Chosen {
    pub(super) file: BackupFile,
    pub(super) manifest: Manifest,
    pub(super) keys: RepositoryKeys,
    pub(super) root: RootKey,
}

impl Place {
    /// Opens the place given, or that of the configuration.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn open(arguments: &ConfigurationArguments, from: Option<&str>) -> Result<Self, Failure> {
        let mut configuration = serve::read_configuration(arguments, None)?;
        if let Some(from) = from {
            configuration.backup.place = BackupPlace::parse(from)
                .ok_or_else(|| Failure::usage("--from is a folder, or s3://BUCKET/PREFIX"))?;
        }
        // Who only looks makes no folder but that in the data folder: a disk that is not mounted would look like a place
        // without backups.
        if let BackupPlace::Folder(folder) = &configuration.backup.place
            && !folder.is_dir()
            && !(configuration.data.is_dir() && folder.starts_with(&configuration.data))
        {
            return Err(none(&configuration.backup.place));
        }
        let repository = serve::repository(&configuration)?;
        Ok(Self {
            configuration,
            repository,
        })
    }

    pub(super) async fn list(&self) -> Result<Vec<BackupId>, Failure> {
        self.repository
            .list()
            .await
            .map_err(|error| refused(error.into()))
    }

    /// Finds a backup, the newest when none is named, and opens it with the root key.
    ///
    /// # Errors
    /// When there is none, or the root key is another.
    pub(super) async fn choose(&self, backup: Option<&str>) -> Result<Chosen, Failure> {
        let id = match backup {
            Some(text) => backup_id(text)?,
            None => self
                .list()
                .await?
                .pop()
                .ok_or_else(|| none(&self.configuration.backup.place))?,
        };
        let root = serve::root_key(&self.configuration).await?;
        self.opened(&id, root)
            .await
            .map_err(|error| refused(error.into()))
    }

    /// Opens a backup with the root key.
    ///
    /// # Errors
    /// When the place fails, or the root key is another.
    pub(super) async fn opened(&self, id: &BackupId, root: RootKey) -> Result<Chosen, BackupError> {
        let file = self.repository.read(id).await?;
        let keys = repository_keys(&file.envelope.server_key(&root)?);
        let manifest = file.manifest(&keys)?;
        Ok(Chosen {
            file,
            manifest,
            keys,
            root,
        })
    }
}

/// Reads the name of a backup.
///
/// # Errors
/// When it is none.
pub(super) fn backup_id(text: &str) -> Result<BackupId, Failure> {
    text.parse()
        .map_err(|error| Failure::usage(format!("`{text}`: {error}")))
}

fn none(place: &BackupPlace) -> Failure {
    let detail = match place {
        BackupPlace::Folder(folder) if !folder.is_dir() => {
            format!("there is no folder {} to look for backups in", folder.display())
        }
        BackupPlace::Folder(folder) => format!("no backup is in {}", folder.display()),
        BackupPlace::Bucket { bucket, prefix } => format!("no backup is in s3://{bucket}/{prefix}"),
    };
    Failure::new(Exit::NotFound, "no-backup", "There is no backup", detail)
        .with_hint("`lockkeeper backup create` makes one; --from or backup.place names where they are")
}
