//! `lockkeeper.toml`: how the server runs. Each setting is also an environment variable.

mod backup;
mod blobs;
mod database;
mod encryption;
mod retention;
mod terraform;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lockkeeper_domain::name::Name;
use lockkeeper_domain::secret::Secret;
use lockkeeper_domain::state_retention::Retention;

use crate::problem::ConfigProblems;
use crate::reading::{self, Problems, Section, Value, Variables};

pub use backup::{BackupConfig, BackupPlace};
pub use blobs::BucketConfig;
pub use database::{Database, PostgresConfig};
pub use encryption::{EncryptionConfig, ROOT_KEY_VARIABLE, RootKeySource};
pub use terraform::{TerraformConfig, Tool};

/// How the server runs.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The folder of everything that it keeps.
    pub data: PathBuf,
    /// The database.
    pub database: Database,
    /// The bucket of big states and plans; a folder below `data` when absent.
    pub bucket: Option<BucketConfig>,
    /// The address under which people, Terraform and webhooks reach it, without a slash at its end.
    pub external_address: String,
    /// How Terraform or OpenTofu is started.
    pub terraform: TerraformConfig,
    /// Runs.
    pub runs: RunsConfig,
    /// What is refused because of its size.
    pub limits: LimitsConfig,
    /// The first user.
    pub bootstrap: BootstrapConfig,
    /// Backups.
    pub backup: BackupConfig,
    /// Where the root key comes from.
    pub encryption: EncryptionConfig,
    /// How long versions of states stay.
    pub retention: Retention,
}

/// How many runs there are at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunsConfig {
    /// The runs at the same time, from 1.
    pub concurrency: usize,
    /// How long a server that says nothing still counts as alive.
    pub lease: Duration,
}

/// What is refused because of its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitsConfig {
    /// The largest Terraform state, in bytes.
    pub state_bytes: usize,
    /// The largest body of any other request, in bytes.
    pub request_bytes: usize,
}

/// The administrator who is made at the first start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootstrapConfig {
    /// The name.
    pub user: Name,
    /// The file that their token is written to, readable by its owner only.
    pub token_file: PathBuf,
    /// Their token, instead of a new one. Only from the environment variable
    /// `LOCKKEEPER_BOOTSTRAP_TOKEN`, so that it stands in no file.
    pub token: Option<Secret>,
}

/// Every environment variable that is a setting of the server.
pub const VARIABLES: &[&str] = &[
    "LOCKKEEPER_BACKUP_DAILY_AT",
    "LOCKKEEPER_BACKUP_DRILL",
    "LOCKKEEPER_BACKUP_KEEP_DAYS",
    "LOCKKEEPER_BACKUP_KEEP_MONTHS",
    "LOCKKEEPER_BACKUP_KEEP_NEWEST",
    "LOCKKEEPER_BACKUP_KEEP_WEEKS",
    "LOCKKEEPER_BACKUP_PLACE",
    "LOCKKEEPER_BLOBS_BUCKET",
    "LOCKKEEPER_BLOBS_CREDENTIALS_FILE",
    "LOCKKEEPER_BLOBS_ENDPOINT",
    "LOCKKEEPER_BLOBS_PATH_STYLE",
    "LOCKKEEPER_BLOBS_REGION",
    "LOCKKEEPER_BOOTSTRAP_TOKEN",
    "LOCKKEEPER_BOOTSTRAP_TOKEN_FILE",
    "LOCKKEEPER_BOOTSTRAP_USER",
    "LOCKKEEPER_DATA",
    "LOCKKEEPER_DATABASE",
    "LOCKKEEPER_ENCRYPTION_ROOT_KEY_COMMAND",
    "LOCKKEEPER_ENCRYPTION_ROOT_KEY_ENVIRONMENT",
    "LOCKKEEPER_ENCRYPTION_ROOT_KEY_FILE",
    "LOCKKEEPER_EXTERNAL_ADDRESS",
    "LOCKKEEPER_LIMITS_REQUEST_BYTES",
    "LOCKKEEPER_LIMITS_STATE_BYTES",
    "LOCKKEEPER_LISTEN",
    "LOCKKEEPER_POSTGRESQL_CONNECTIONS",
    "LOCKKEEPER_POSTGRESQL_START_PATIENCE_SECONDS",
    "LOCKKEEPER_POSTGRESQL_STATEMENT_TIMEOUT_SECONDS",
    "LOCKKEEPER_ROOT_KEY",
    "LOCKKEEPER_RETENTION_STATE_DAYS",
    "LOCKKEEPER_RETENTION_STATE_VERSIONS",
    "LOCKKEEPER_RUNS_CONCURRENCY",
    "LOCKKEEPER_RUNS_LEASE_SECONDS",
    "LOCKKEEPER_TERRAFORM_ENVIRONMENT",
    "LOCKKEEPER_TERRAFORM_PROVIDER_MIRROR",
    "LOCKKEEPER_TERRAFORM_TIME_LIMIT_SECONDS",
    "LOCKKEEPER_TERRAFORM_TOOL",
];

const PREFIX: &str = "LOCKKEEPER_";
const TOKEN_VARIABLE: &str = "LOCKKEEPER_BOOTSTRAP_TOKEN";
const DEFAULT_DATA: &str = "./lockkeeper-data";
const DEFAULT_PORT: u16 = 7070;
const DEFAULT_CONCURRENCY: u64 = 2;
const MOST_CONCURRENCY: u64 = 256;
const DEFAULT_LEASE: u64 = 30;
const MOST_LEASE: u64 = 600;
const DEFAULT_STATE_BYTES: u64 = 256 * 1024 * 1024;
const DEFAULT_REQUEST_BYTES: u64 = 2 * 1024 * 1024;
const MOST_BYTES: u64 = 4 * 1024 * 1024 * 1024;

impl ServerConfig {
    /// Reads the text of a `lockkeeper.toml`, empty when there is none, and the environment variables,
    /// which win over it: `LOCKKEEPER_TERRAFORM_TOOL` is `tool` of `[terraform]`. Other variables are
    /// left alone.
    ///
    /// # Errors
    /// Every mistake in the text and in the variables.
    pub fn parse(text: &str, variables: &Variables) -> Result<Self, ConfigProblems> {
        let secrets = Secrets {
            token: variables.get(TOKEN_VARIABLE).map(Secret::new),
            root_key: variables.get(ROOT_KEY_VARIABLE).map(Secret::new),
        };
        reading::parse(text, Some(variables), |root, problems| {
            refuse_near_misses(variables, problems);
            read(root, secrets, problems)
        })
    }
}

/// What is had from variables only, so that it stands in no file.
struct Secrets {
    token: Option<Secret>,
    root_key: Option<Secret>,
}

fn read(root: &mut Section<'_>, secrets: Secrets, problems: &mut Problems<'_>) -> Option<ServerConfig> {
    let listen = root
        .take("listen")
        .map_or(Some(default_listen()), |value| value.parsed(problems));
    let data = read_path(root.take("data"), problems).unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
    let database = database::read(root, &data, problems);
    let bucket = blobs::read(root.section("blobs", problems), problems);
    let external = root
        .take("external_address")
        .map(|value| read_address(&value, problems));
    let terraform = terraform::read(root.section("terraform", problems), problems);
    let runs = read_runs(root.section("runs", problems), problems);
    let limits = read_limits(root.section("limits", problems), problems);
    let bootstrap = read_bootstrap(
        root.section("bootstrap", problems),
        &data,
        secrets.token,
        problems,
    );
    let backup = backup::read(root.section("backup", problems), &data, problems);
    let encryption = root.section("encryption", problems);
    let encryption = encryption::read(encryption, &data, secrets.root_key, problems);
    let retention = retention::read(root.section("retention", problems), problems);
    let listen = listen?;
    Some(ServerConfig {
        listen,
        data,
        database: database?,
        bucket: bucket?,
        external_address: external.unwrap_or_else(|| Some(own_address(listen)))?,
        terraform: terraform?,
        runs: runs?,
        limits: limits?,
        bootstrap: bootstrap?,
        backup: backup?,
        encryption: encryption?,
        retention: retention?,
    })
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT))
}

/// The address of this machine's own server: one that listens everywhere is reached on loopback.
fn own_address(listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        std::net::IpAddr::V4(ip) if ip.is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
        std::net::IpAddr::V6(ip) if ip.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, listen.port()))
}

fn read_path(value: Option<Value<'_>>, problems: &mut Problems<'_>) -> Option<PathBuf> {
    value?.filled_text(problems).map(PathBuf::from)
}

fn read_address(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<String> {
    let text = value.filled_text(problems)?;
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split('/').next().unwrap_or_default());
    let plain = !text.contains(['?', '#', '@']) && !text.contains(char::is_whitespace);
    if host.is_none_or(str::is_empty) || !plain {
        let hint = Some("Write it like `https://lockkeeper.example.com`.".to_owned());
        return value.refuse(
            problems,
            format!("`{}` is not the address of a server.", value.path()),
            hint,
        );
    }
    Some(text.trim_end_matches('/').to_owned())
}

fn read_runs(mut section: Section<'_>, problems: &mut Problems<'_>) -> Option<RunsConfig> {
    let concurrency = read_number(
        section.take("concurrency"),
        DEFAULT_CONCURRENCY,
        MOST_CONCURRENCY,
        problems,
    );
    let lease = read_number(section.take("lease_seconds"), DEFAULT_LEASE, MOST_LEASE, problems);
    section.finish(problems);
    Some(RunsConfig {
        concurrency: concurrency?,
        lease: Duration::from_secs(u64::try_from(lease?).ok()?),
    })
}

fn read_limits(mut section: Section<'_>, problems: &mut Problems<'_>) -> Option<LimitsConfig> {
    let state_bytes = read_number(
        section.take("state_bytes"),
        DEFAULT_STATE_BYTES,
        MOST_BYTES,
        problems,
    );
    let request_bytes = read_number(
        section.take("request_bytes"),
        DEFAULT_REQUEST_BYTES,
        MOST_BYTES,
        problems,
    );
    section.finish(problems);
    Some(LimitsConfig {
        state_bytes: state_bytes?,
        request_bytes: request_bytes?,
    })
}

/// A number from 1 to the most; the default when it is absent, and `None` when it is wrong.
fn read_number(
    value: Option<Value<'_>>,
    default: u64,
    most: u64,
    problems: &mut Problems<'_>,
) -> Option<usize> {
    let number = value.map_or(Some(default), |value| {
        value.number(1..most.saturating_add(1), problems)
    });
    usize::try_from(number?).ok()
}

fn read_bootstrap(
    mut section: Section<'_>,
    data: &Path,
    token: Option<Secret>,
    problems: &mut Problems<'_>,
) -> Option<BootstrapConfig> {
    let user = section
        .take("user")
        .map_or_else(|| "admin".parse().ok(), |value| value.parsed(problems));
    let token_file = read_path(section.take("token_file"), problems);
    section.finish(problems);
    Some(BootstrapConfig {
        user: user?,
        token_file: token_file.unwrap_or_else(|| data.join("bootstrap-token")),
        token,
    })
}

/// Reports variables that look like a setting and are none: nothing else would tell.
fn refuse_near_misses(variables: &Variables, problems: &mut Problems<'_>) {
    for name in variables
        .keys()
        .filter(|name| !VARIABLES.contains(&name.as_str()))
    {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let settings = VARIABLES.iter().filter_map(|known| known.strip_prefix(PREFIX));
        if let Some(hint) = problems.did_you_mean(rest, settings) {
            problems.add_in_variable(format!("The variable {name} is no setting."), Some(hint));
        }
    }
}

#[cfg(test)]
mod tests;
