//! What the server is put together from, and what works on its data beside it opens too.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use lockkeeper_backup::{Keep, Repository};
use lockkeeper_config::ServerConfig;
use lockkeeper_config::server::{
    BackupPlace, BucketConfig, Database as DatabaseConfig, EncryptionConfig, RootKeySource,
};
use lockkeeper_store::blobs::{Blobs, BucketSettings};
use lockkeeper_store::keyring::RootKey;
use lockkeeper_store::{Database, PostgresSettings, StoreError};
use lockkeeper_terraform::TerraformSettings;
use lockkeeper_usecases::backups::BackupSettings;

use super::server::{refused, store_failed};
use super::{data_folder, root_key as root};
use crate::exit::Exit;
use crate::failure::Failure;

/// Opens the database, and brings it up to date.
///
/// # Errors
/// When it does not answer, or cannot be brought up to date.
pub(crate) async fn open_database(configuration: &DatabaseConfig) -> Result<Database, Failure> {
    let database = open_bare_database(configuration).await?;
    database.migrate_to(None).await.map_err(store_failed)?;
    Ok(database)
}

/// Opens the database, and leaves its schema as it is.
///
/// # Errors
/// When it does not answer.
pub(crate) async fn open_bare_database(configuration: &DatabaseConfig) -> Result<Database, Failure> {
    match configuration {
        DatabaseConfig::Sqlite { file } => Database::open_sqlite_bare(file).await.map_err(store_failed),
        DatabaseConfig::Postgres(postgres) => {
            let settings = PostgresSettings {
                address: postgres.address.clone(),
                connections: u32::try_from(postgres.connections).unwrap_or(u32::MAX),
                statement_timeout: postgres.statement_timeout,
                start_patience: postgres.start_patience,
            };
            Database::connect_postgres_bare(&settings).await.map_err(|error| {
                store_failed(error)
                    .with_hint("check the address of the database, and that it lets this server in")
            })
        }
    }
}

/// Opens the keys of a database with the root key.
///
/// # Errors
/// When the root key cannot be had, or is another.
pub(crate) async fn unlock(configuration: &ServerConfig, database: &Database) -> Result<(), Failure> {
    root::unlock(database, &configuration.encryption).await
}

/// The root key, which must be there.
///
/// # Errors
/// When it cannot be had.
pub(crate) async fn root_key(configuration: &ServerConfig) -> Result<RootKey, Failure> {
    root::read(&configuration.encryption).await
}

/// The key that is to become the root key. A file that is not there is made.
///
/// # Errors
/// When the key cannot be had or made.
pub(crate) async fn new_root_key(encryption: &EncryptionConfig) -> Result<RootKey, Failure> {
    match &encryption.root_key {
        RootKeySource::File(file) if !file.exists() => root::make(file),
        _ => root::read(encryption).await,
    }
}

/// Who works on the data beside the server, in the audit log.
pub(crate) fn console_actor() -> String {
    let user = std::env::var("USER").unwrap_or_default();
    format!("{user}@console")
}

/// Opens the places of the blobs. The database's keys are open already.
///
/// # Errors
/// When the folder cannot be opened, or the settings of the bucket cannot be used.
pub(crate) async fn open_blobs(configuration: &ServerConfig, database: &Database) -> Result<Blobs, Failure> {
    let blobs = Blobs::open(&configuration.data.join("blobs"), database).map_err(store_failed)?;
    if configuration.bucket.is_none() {
        return Ok(blobs);
    }
    let blobs = with_bucket(configuration, blobs)?;
    match blobs.claim_bucket().await {
        Ok(()) => {}
        // Serving would remove what the other database needs.
        Err(error @ StoreError::ForeignBucket { .. }) => return Err(store_failed(error)),
        // Small states do not need it, and it may come back.
        Err(error) => tracing::error!("{error}; big states and plans are refused until it can be used"),
    }
    Ok(blobs)
}

/// The place that the blobs of a backup are restored to, which nobody has yet.
///
/// # Errors
/// When the folder cannot be made, or the bucket does not answer.
pub(crate) async fn open_place_of_blobs(
    configuration: &ServerConfig,
    database: &Database,
) -> Result<Blobs, Failure> {
    let blobs = Blobs::open(&configuration.data.join("blobs"), database).map_err(store_failed)?;
    let blobs = with_bucket(configuration, blobs)?;
    blobs.check_bucket().await.map_err(store_failed)?;
    Ok(blobs)
}

fn with_bucket(configuration: &ServerConfig, blobs: Blobs) -> Result<Blobs, Failure> {
    match &configuration.bucket {
        Some(bucket) => blobs.with_bucket(&bucket_settings(bucket)).map_err(store_failed),
        None => Ok(blobs),
    }
}

fn bucket_settings(bucket: &BucketConfig) -> BucketSettings {
    BucketSettings {
        bucket: bucket.bucket.clone(),
        prefix: bucket.prefix.clone(),
        endpoint: bucket.endpoint.clone(),
        region: bucket.region.clone(),
        path_style: bucket.path_style,
        allow_http: bucket.allows_http(),
        credentials_file: bucket.credentials_file.clone(),
    }
}

/// How Terraform or OpenTofu is started.
pub(crate) fn terraform_settings(configuration: &ServerConfig, data: &Path) -> TerraformSettings {
    let program = configuration.terraform.tool.program();
    let mut settings = TerraformSettings::new(program.display().to_string(), data.join("terraform"));
    let passed = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    settings.passed_environment = passed
        .filter(|(name, _)| configuration.terraform.passes(name))
        .collect::<BTreeMap<_, _>>();
    settings
        .provider_mirror
        .clone_from(&configuration.terraform.provider_mirror);
    settings
}

/// How backups are made.
///
/// # Errors
/// When their place cannot be opened.
pub(crate) fn backup_settings(configuration: &ServerConfig) -> Result<BackupSettings, Failure> {
    let backup = &configuration.backup;
    Ok(BackupSettings {
        repository: repository(configuration)?,
        daily_at: backup.daily_at,
        drill: backup.drill,
        keep: Keep {
            newest: backup.keep_newest,
            days: backup.keep_days,
            weeks: backup.keep_weeks,
            months: backup.keep_months,
        },
        scratch: configuration.data.clone(),
    })
}

/// Opens the place of the backups.
///
/// # Errors
/// When it cannot be opened.
pub(crate) fn repository(configuration: &ServerConfig) -> Result<Repository, Failure> {
    let repository = match &configuration.backup.place {
        BackupPlace::Folder(folder) => Repository::folder(folder),
        BackupPlace::Bucket { bucket, prefix } => Repository::bucket(&BucketSettings {
            bucket: bucket.clone(),
            prefix: prefix.clone(),
            // The service and the credentials are those of the blobs, if these are in a bucket.
            ..configuration
                .bucket
                .as_ref()
                .map(bucket_settings)
                .unwrap_or_default()
        }),
    };
    repository.map_err(|error| refused(error.into()))
}

/// Refuses a data folder that is not there: what reads the data of a server must not make new ones.
///
/// # Errors
/// When there is no such folder.
pub(crate) fn require_data(configuration: &ServerConfig) -> Result<(), Failure> {
    let data: &Path = &configuration.data;
    if data.is_dir() {
        return Ok(());
    }
    let detail = format!("there is no data folder {}", data.display());
    Err(
        Failure::new(Exit::NotFound, "no-data", "There are no data", detail)
            .with_hint("give the server's configuration with --config, or its folder with --data"),
    )
}

/// Takes the data folder, so that no server starts on it meanwhile.
///
/// # Errors
/// When a server uses it.
pub(crate) fn claim_data(configuration: &ServerConfig) -> Result<File, Failure> {
    data_folder::open(&configuration.data)
}
