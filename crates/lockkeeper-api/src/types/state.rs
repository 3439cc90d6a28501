//! Terraform states.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A state.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StateView {
    /// The environment.
    pub environment: String,
    /// The stack.
    pub stack: String,
    /// The serial of the newest version; absent when nothing was written yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<i64>,
    /// The lineage of the newest version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage: Option<String>,
    /// How many versions are kept.
    pub versions: i64,
    /// Who holds the lock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<StateLockView>,
}

/// The lock of a state.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StateLockView {
    /// The lock's identifier, as Terraform made it.
    pub id: String,
    /// Who holds it, as Terraform says: `user@host`.
    pub who: String,
    /// The Lockkeeper user whose credentials took it.
    pub user: String,
    /// For which operation.
    pub operation: String,
    /// Since when.
    pub since: String,
}

/// One version of a state.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StateVersionView {
    /// The serial.
    pub serial: i64,
    /// The lineage.
    pub lineage: String,
    /// The size in bytes.
    pub size: i64,
    /// The MD5 of the body, in hexadecimal.
    pub md5: String,
    /// Who wrote it.
    pub written_by: String,
    /// The run that wrote it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// When.
    pub written_at: String,
}

/// What Terraform says about a lock that it takes, and what it is told about a lock that somebody else
/// holds.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct LockDescriptionView {
    /// The identifier that the client made.
    #[serde(rename = "ID")]
    #[schema(min_length = 1)]
    pub id: String,
    /// For which operation: `OperationTypeApply`.
    #[serde(default)]
    pub operation: String,
    /// Anything else that the client says.
    #[serde(default)]
    pub info: String,
    /// Who holds it: `user@host`.
    #[serde(default)]
    pub who: String,
    /// The version of the client.
    #[serde(default)]
    pub version: String,
    /// When the client made it, in its own clock.
    #[serde(default)]
    pub created: String,
    /// Where, for back ends that have paths.
    #[serde(default)]
    pub path: String,
}

/// What is read of a state's body. The rest is kept byte for byte.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StateDocument {
    /// Goes up with every write of different content.
    #[schema(minimum = 0)]
    pub serial: i64,
    /// The identity of the state through all its versions.
    #[schema(min_length = 1)]
    pub lineage: String,
}
