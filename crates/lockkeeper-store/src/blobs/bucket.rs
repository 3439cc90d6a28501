//! Blobs as objects in a bucket of S3, or of anything that speaks like it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutPayload,
    RetryConfig,
};
use tokio::io::AsyncReadExt;
use tokio_util::io::StreamReader;

use super::failed;
use super::read::Sealed;
use crate::StoreError;

/// What is uploaded in one request, and in memory meanwhile. S3 takes parts from 5 MiB.
const PART: usize = 8 << 20;
/// How long one request may take: a part over a slow line.
const REQUEST_PATIENCE: Duration = Duration::from_secs(60);
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// No new try of a request after this: whoever sent the blob waits.
const RETRY_PATIENCE: Duration = Duration::from_secs(15);
const RETRIES: usize = 5;

/// Where the bucket is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BucketSettings {
    /// Its name.
    pub bucket: String,
    /// What stands before the names of blobs in it; may be empty.
    pub prefix: String,
    /// The address of the service, when it is not that of AWS.
    pub endpoint: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// Whether the bucket stands in the path of addresses, not in the name of the host.
    pub path_style: bool,
    /// Whether the service may be reached without TLS.
    pub allow_http: bool,
    /// A file in the form of `~/.aws/credentials`; the variables `AWS_*` and the machine's own role when absent.
    pub credentials_file: Option<PathBuf>,
}

impl BucketSettings {
    /// Prepares a client of the bucket; nothing is asked of it yet. The prefix is the caller's to add.
    ///
    /// # Errors
    /// When the credentials cannot be read, or the settings cannot be used.
    pub fn client(&self) -> Result<AmazonS3, StoreError> {
        let options = ClientOptions::new()
            .with_timeout(REQUEST_PATIENCE)
            .with_connect_timeout(CONNECT_PATIENCE)
            .with_allow_http(self.allow_http);
        let retry = RetryConfig {
            backoff: BackoffConfig {
                max_backoff: Duration::from_secs(5),
                ..BackoffConfig::default()
            },
            max_retries: RETRIES,
            retry_timeout: RETRY_PATIENCE,
        };
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&self.bucket)
            .with_client_options(options)
            .with_retry(retry)
            .with_virtual_hosted_style_request(!self.path_style);
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        if let Some(file) = &self.credentials_file {
            let text = std::fs::read_to_string(file).map_err(|source| {
                failed(
                    "cannot read the credentials of the bucket in",
                    file.display(),
                    source,
                )
            })?;
            builder = with_credentials(builder, &text)
                .ok_or_else(|| StoreError::Bucket(format!("{} holds no credentials", file.display())))?;
        }
        builder.build().map_err(away)
    }
}

/// The object that says whose the others below the prefix are.
const OWNER: &str = "owner";

/// A bucket of blobs.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    store: Arc<AmazonS3>,
    /// The name of the bucket, for people.
    name: String,
    prefix: Path,
    /// Whether the prefix is known to be this database's.
    claimed: Arc<AtomicBool>,
}

impl Bucket {
    /// Prepares the client; nothing is asked of the bucket yet.
    pub(super) fn new(settings: &BucketSettings) -> Result<Self, StoreError> {
        Ok(Self {
            store: Arc::new(settings.client()?),
            name: settings.bucket.clone(),
            claimed: Arc::default(),
            prefix: Path::from(settings.prefix.as_str()),
        })
    }

    /// Asks for something that need not be there, to see whether the bucket answers.
    pub(super) async fn check(&self) -> Result<(), StoreError> {
        let mut some = self.store.list(Some(&self.prefix));
        some.try_next().await.map(drop).map_err(away)
    }

    /// Whether the prefix is known to be this database's.
    pub(super) fn is_claimed(&self) -> bool {
        self.claimed.load(Ordering::Relaxed)
    }

    /// Makes the prefix the database's own, if it is nobody's.
    pub(super) async fn claim(&self, identifier: &str) -> Result<(), StoreError> {
        self.claimed.store(false, Ordering::Relaxed);
        let mut owner = self.owner().await?;
        if owner.is_none() && !self.write_owner(identifier).await? {
            // Another one was faster.
            owner = self.owner().await?;
        }
        if owner.is_some_and(|owner| owner != identifier) {
            return Err(StoreError::ForeignBucket { place: self.place() });
        }
        self.claimed.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Makes the prefix the database's own, if it is empty or the same database's already.
    pub(super) async fn begin_restore(&self, identifier: &str) -> Result<(), StoreError> {
        if self.owner().await?.is_none() {
            let mut there = self.store.list(Some(&self.prefix));
            if there.try_next().await.map_err(away)?.is_some() {
                return Err(StoreError::BlobsThere { place: self.place() });
            }
        }
        self.claim(identifier).await
    }

    async fn owner(&self) -> Result<Option<String>, StoreError> {
        match self.store.get(&self.owner_object()).await {
            Ok(got) => {
                let text = got.bytes().await.map_err(away)?;
                Ok(Some(String::from_utf8_lossy(&text).trim().to_owned()))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(away(error)),
        }
    }

    /// Writes the object unless it is there; answers whether it did.
    async fn write_owner(&self, identifier: &str) -> Result<bool, StoreError> {
        let payload = PutPayload::from(identifier.to_owned());
        let object = self.owner_object();
        let created = self
            .store
            .put_opts(&object, payload.clone(), PutMode::Create.into())
            .await;
        match created {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Ok(false)
            }
            // Some services know no conditions; whoever is second finds the first one's object at the next look.
            Err(object_store::Error::NotImplemented { .. } | object_store::Error::NotSupported { .. }) => {
                let put = self.store.put(&object, payload).await;
                put.map(|_| true).map_err(away)
            }
            Err(error) => Err(away(error)),
        }
    }

    fn owner_object(&self) -> Path {
        Path::from(format!("{}/{OWNER}", self.prefix))
    }

    /// The bucket and the prefix, as settings name them.
    fn place(&self) -> String {
        format!("s3://{}/{}", self.name, self.prefix)
    }

    /// Uploads what stands in the file. When this answers, the bucket has it.
    pub(super) async fn upload(&self, name: &str, file: std::fs::File) -> Result<(), StoreError> {
        let (object, mut file) = (self.object(name), tokio::fs::File::from_std(file));
        let first = next_part(&mut file).await?;
        if first.len() < PART {
            let put = self.store.put(&object, PutPayload::from(first)).await;
            return put.map(drop).map_err(away);
        }
        let mut upload = self.store.put_multipart(&object).await.map_err(away)?;
        match parts(&mut *upload, first, &mut file).await {
            Ok(()) => Ok(()),
            Err(error) => {
                // Best effort: parts that stay are removed by the bucket's own rule, which docs/operations.md asks for.
                let _ = upload.abort().await;
                Err(error)
            }
        }
    }

    /// Opens a blob for reading; none when it is not there.
    pub(super) async fn read(&self, name: &str) -> Result<Option<Sealed>, StoreError> {
        match self.store.get(&self.object(name)).await {
            Ok(got) => {
                let stream = got.into_stream().map_err(std::io::Error::other);
                Ok(Some(Box::new(StreamReader::new(stream))))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(away(error)),
        }
    }

    /// Removes a blob. One that is gone already is no error.
    pub(super) async fn remove(&self, name: &str) -> Result<(), StoreError> {
        match self.store.delete(&self.object(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(away(error)),
        }
    }

    /// The names of blobs in the bucket. Objects of others are left out.
    pub(super) fn names(&self) -> impl futures_util::Stream<Item = Result<String, StoreError>> + Send + '_ {
        let listed = self.store.list(Some(&self.prefix)).map_err(away);
        listed.try_filter_map(move |object| async move {
            let name = object.location.filename().unwrap_or_default().to_owned();
            Ok((self.object(&name) == object.location && super::is_name(&name)).then_some(name))
        })
    }

    fn object(&self, name: &str) -> Path {
        let folder = name.get(..super::FOLDER_PREFIX).unwrap_or_default();
        Path::from(format!("{}/{folder}/{name}", self.prefix))
    }
}

async fn parts(
    upload: &mut dyn MultipartUpload,
    first: Vec<u8>,
    file: &mut tokio::fs::File,
) -> Result<(), StoreError> {
    let mut part = first;
    while !part.is_empty() {
        upload.put_part(PutPayload::from(part)).await.map_err(away)?;
        part = next_part(file).await?;
    }
    upload.complete().await.map(drop).map_err(away)
}

/// The next bytes of the file, as many as one part has unless it ends.
async fn next_part(file: &mut tokio::fs::File) -> Result<Vec<u8>, StoreError> {
    let mut part = Vec::new();
    let limit = u64::try_from(PART).unwrap_or(u64::MAX);
    let read = file.take(limit).read_to_end(&mut part).await;
    read.map_err(|source| failed("cannot read", "a blob that is to be uploaded", source))?;
    Ok(part)
}

/// Credentials as the tools of AWS write them: `aws_access_key_id = ...` of the first section.
fn with_credentials(mut builder: AmazonS3Builder, text: &str) -> Option<AmazonS3Builder> {
    let (mut key, mut secret, mut sections) = (None, None, 0);
    for line in text.lines().map(str::trim) {
        sections += usize::from(line.starts_with('['));
        let Some((name, value)) = line.split_once('=').filter(|_| sections <= 1) else {
            continue;
        };
        match name.trim() {
            "aws_access_key_id" => key = Some(value.trim()),
            "aws_secret_access_key" => secret = Some(value.trim()),
            "aws_session_token" => builder = builder.with_token(value.trim()),
            _ => {}
        }
    }
    Some(builder.with_access_key_id(key?).with_secret_access_key(secret?))
}

fn away(error: object_store::Error) -> StoreError {
    StoreError::Bucket(error.to_string())
}
