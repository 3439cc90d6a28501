//! Projects, environments and members.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A project to create.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// Lower-case letters, digits and hyphens; unique on the server.
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub name: String,
    /// The Git repository that holds the stacks: an address or an absolute path on the server.
    #[schema(min_length = 1)]
    pub repository: String,
    /// The branch whose policy and windows hold; the one that the repository names as its default when
    /// it is first read, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_branch: Option<String>,
}

/// A project.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProjectView {
    /// The name.
    pub name: String,
    /// The repository, credentials removed.
    pub repository: String,
    /// The branch whose policy and windows hold; absent until the repository was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_branch: Option<String>,
    /// When it was created.
    pub created_at: String,
}

/// What an environment is for; policy differs by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// For developers' own trials.
    Development,
    /// For automated tests.
    Test,
    /// Rehearses production.
    Staging,
    /// Serves users.
    Production,
    /// Observability and control; as careful as production.
    Technical,
}

/// An environment to create.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnvironment {
    /// The name, which is also the folder's name in the repository.
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub name: String,
    /// What it is for.
    pub tier: Tier,
    /// The environment in which a change must have been applied and verified first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub promotes_from: Option<String>,
}

/// An environment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EnvironmentView {
    /// The name.
    pub name: String,
    /// What it is for.
    pub tier: Tier,
    /// The environment in which a change must have been applied and verified first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotes_from: Option<String>,
    /// Whether its states are written by runs of approved changes only. So it begins in the tier production.
    #[serde(default)]
    pub states_protected: bool,
    /// When it was created.
    pub created_at: String,
}

/// What is to be altered in an environment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentEdit {
    /// Whether its states are written by runs of approved changes only.
    pub states_protected: bool,
}

/// A role in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RoleName {
    /// Sees changes, plans and runs.
    Viewer,
    /// Proposes changes and applies their own.
    Author,
    /// Approves in a function.
    Reviewer,
    /// Applies any change, cancels runs, works on states.
    Operator,
    /// Everything but approving.
    Admin,
}

/// A role that a user holds, or is to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The user's name.
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub user: String,
    /// The role.
    pub role: RoleName,
    /// What a reviewer answers for: `devops-lead`, `security`, `database`,
    /// `change-advisory-board`, or a name of your own. Required for reviewers, refused for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub function: Option<String>,
    /// The only environment in which the role counts; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub environment: Option<String>,
}

/// A stack that the repository's default branch declares.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StackView {
    /// The name.
    pub name: String,
    /// The folder, with `{environment}` where the environment's name stands.
    pub folder: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}
