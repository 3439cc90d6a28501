//! `[blobs]`: where big states and plans are kept.

use std::path::PathBuf;

use super::{read_address, read_path};
use crate::reading::{Problems, Section, Value};

/// A bucket of S3, or of anything that speaks like it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketConfig {
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
    /// A file in the form of `~/.aws/credentials`.
    pub credentials_file: Option<PathBuf>,
}

impl BucketConfig {
    /// Whether the service is reached without TLS: the address says so.
    pub fn allows_http(&self) -> bool {
        let endpoint = self.endpoint.as_deref().unwrap_or_default();
        endpoint.starts_with("http://")
    }
}

/// Reads the section; none without a bucket.
pub(super) fn read(mut section: Section<'_>, problems: &mut Problems<'_>) -> Option<Option<BucketConfig>> {
    let bucket = section.take("bucket");
    let endpoint = match section.take("endpoint") {
        Some(value) => Some(read_address(&value, problems)?),
        None => None,
    };
    let region = match section.take("region") {
        Some(value) => Some(value.filled_text(problems)?.to_owned()),
        None => None,
    };
    let path_style = match section.take("path_style") {
        Some(value) => value.boolean(problems)?,
        None => false,
    };
    let credentials_file = read_path(section.take("credentials_file"), problems);
    section.finish(problems);
    let Some(value) = bucket else {
        return Some(None);
    };
    let (bucket, prefix) = read_bucket(&value, problems)?;
    Some(Some(BucketConfig {
        bucket,
        prefix,
        endpoint,
        region,
        path_style,
        credentials_file,
    }))
}

/// `s3://bucket/prefix`.
fn read_bucket(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<(String, String)> {
    let text = value.filled_text(problems)?;
    let rest = text.strip_prefix("s3://").unwrap_or_default();
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let usable = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte);
    if bucket.is_empty() || !rest.bytes().all(usable) || prefix.contains("//") {
        let hint = Some("Write it like `s3://my-bucket/lockkeeper`.".to_owned());
        return value.refuse(
            problems,
            format!("`{text}` is not the address of a bucket."),
            hint,
        );
    }
    Some((bucket.to_owned(), prefix.trim_end_matches('/').to_owned()))
}
