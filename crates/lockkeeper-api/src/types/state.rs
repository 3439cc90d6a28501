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
    /// The size of the newest version in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// How many resources the newest version has; absent where OpenTofu encrypted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<i64>,
    /// Who wrote the newest version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_by: Option<String>,
    /// When the newest version was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_at: Option<String>,
    /// How many versions are kept.
    pub versions: i64,
    /// How many older ones were removed, by number and age.
    #[serde(default)]
    pub versions_removed: i64,
    /// Whether only runs of approved changes write it.
    #[serde(default)]
    pub protected: bool,
    /// Who holds the lock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<StateLockView>,
}

/// A state, with all that is known of its lock and its protection.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StateDetailView {
    /// The state.
    #[serde(flatten)]
    pub state: StateView,
    /// What protects it; absent when nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protected_by: Option<ProtectedBy>,
    /// Who waits for the lock, longest first.
    pub waiting: Vec<LockWaiterView>,
    /// Who has leave to overwrite it.
    pub overwrite_leaves: Vec<OverwriteLeaveView>,
}

/// What protects a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProtectedBy {
    /// It was said of the state itself.
    State,
    /// Its environment protects its states.
    Environment,
}

/// Somebody who waits for a lock.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LockWaiterView {
    /// Who waits, as Terraform says: `user@host`.
    pub who: String,
    /// The Lockkeeper user whose credentials came with the request.
    pub user: String,
    /// For which operation.
    pub operation: String,
    /// The run whose token came with the request, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Since when.
    pub since: String,
}

/// Leave to ask for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOverwriteLeave {
    /// Why; stands in the audit log and with the version.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
    /// For how many seconds it lasts, unless it is used before.
    #[schema(minimum = 1, maximum = 3600)]
    pub seconds: u32,
}

/// Leave for one write against the rules of serial and lineage.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OverwriteLeaveView {
    /// Who has it.
    pub user: String,
    /// Why.
    pub reason: String,
    /// Until when.
    pub until: String,
}

/// Whether only runs of approved changes write a state.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateProtection {
    /// Whether they do.
    pub protected: bool,
    /// Why; stands in the audit log.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// A version that is to be the newest again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStateRollback {
    /// The serial of the version, where one version has it.
    #[schema(minimum = 0)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<i64>,
    /// The identifier of the version, in the place of its serial.
    #[schema(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Why; stands in the audit log and with the version.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// A resource in the newest version of a state.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FoundResourceView {
    /// The environment.
    pub environment: String,
    /// The stack.
    pub stack: String,
    /// The serial of the version.
    pub serial: i64,
    /// The address.
    pub address: String,
    /// The type.
    pub resource_type: String,
    /// The identifier that the provider gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name that it has outside of Terraform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What differs between two versions of a state, sensitive values taken out.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StateDiffView {
    /// The serial of the older version.
    pub from: i64,
    /// The serial of the newer version.
    pub to: i64,
    /// The identifier of the older version.
    #[serde(default)]
    pub from_version: String,
    /// The identifier of the newer version.
    #[serde(default)]
    pub to_version: String,
    /// What came, went and is otherwise, as the effects of a plan from one to the other.
    pub effects: Vec<serde_json::Value>,
    /// The outputs that differ.
    pub outputs: Vec<serde_json::Value>,
}

/// A version that was written.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WrittenVersion {
    /// The serial under which it is kept.
    pub serial: i64,
}

/// A state that was brought in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImportedVersion {
    /// The serial under which it is kept.
    pub serial: i64,
    /// Whether a version was written. The newest one was this very state already otherwise: nothing was altered, and the
    /// reason is not on record.
    #[serde(default = "written")]
    pub is_new: bool,
}

/// What servers that do not say so have done.
fn written() -> bool {
    true
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
    /// The run whose token took it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Since when.
    pub since: String,
}

/// One version of a state.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StateVersionView {
    /// The identifier, which names this version alone.
    #[serde(default)]
    pub id: String,
    /// The serial. Several versions can have it, where the state was replaced or overwritten.
    pub serial: i64,
    /// The lineage.
    pub lineage: String,
    /// The size in bytes.
    pub size: i64,
    /// How many resources it has; absent where that cannot be known, as where OpenTofu encrypted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<i64>,
    /// The MD5 of the body, in hexadecimal.
    pub md5: String,
    /// Who wrote it.
    pub written_by: String,
    /// The run that wrote it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The change whose run it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// How it came to be.
    #[serde(default)]
    pub origin: VersionOrigin,
    /// The serial of the version that it was made of: rolled back to, or copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_serial: Option<i64>,
    /// Why, where a reason was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub written_at: String,
}

/// How a version of a state came to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VersionOrigin {
    /// A client wrote it under its lock.
    #[default]
    Write,
    /// A client wrote it, against the rules of serial and lineage, by leave.
    Overwrite,
    /// An older version was made the newest again.
    Rollback,
    /// It was brought in from elsewhere.
    Import,
    /// It is a copy of the shared state.
    Copy,
}

/// A personal state to make.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPersonalState {
    /// What it begins with.
    pub from: PersonalBase,
}

/// What a personal state begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PersonalBase {
    /// Nothing.
    Empty,
    /// The newest version of the shared state.
    Shared,
}

/// The personal state of a user: their own copy of a stack's state.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PersonalStateView {
    /// Whose it is.
    pub user: String,
    /// The environment.
    pub environment: String,
    /// The stack.
    pub stack: String,
    /// The serial of the newest version; absent when nothing was written yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<i64>,
    /// The lineage, which is never that of the shared state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage: Option<String>,
    /// How many resources the newest version has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<i64>,
    /// When the newest version was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_at: Option<String>,
    /// How many versions are kept.
    pub versions: i64,
    /// Which client holds the lock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<StateLockView>,
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
