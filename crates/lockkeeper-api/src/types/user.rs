//! Users and their tokens.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A user to create.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Lower-case letters, digits and hyphens; unique on the server.
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub name: String,
    /// Whether the user may create projects and users, and administer every project.
    #[serde(default)]
    pub server_admin: bool,
}

/// A user.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UserView {
    /// The name.
    pub name: String,
    /// Whether the user may create projects and users, and administer every project.
    pub server_admin: bool,
    /// Whether the user may no longer do anything.
    pub disabled: bool,
    /// When the user was created.
    pub created_at: String,
}

/// Who is calling, and what they hold.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CallerView {
    /// The user.
    pub user: UserView,
    /// The roles in every project.
    pub memberships: Vec<ProjectMembership>,
}

/// One role in one project.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProjectMembership {
    /// The project's name.
    pub project: String,
    /// The role.
    pub role: super::project::RoleName,
    /// What a reviewer answers for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The only environment in which the role counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
}

/// A token to create.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Whose token; one's own when absent. Only a server admin makes tokens for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub user: Option<String>,
    /// What it is for, 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub label: String,
    /// Days until it expires, 1 to 366.
    #[schema(minimum = 1, maximum = 366)]
    pub expires_in_days: u16,
    /// The only state that it is good for, over Terraform's protocol; all that its user may do when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<TokenState>,
}

/// The only state that a token is good for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenState {
    /// The project's name.
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub project: String,
    /// The environment's name.
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub environment: String,
    /// The stack's name.
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    pub stack: String,
    /// Whether it is the user's personal state, and not the one that everybody shares.
    #[serde(default)]
    pub personal: bool,
}

/// A token, without its secret.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TokenView {
    /// The identifier.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// What it is for.
    pub label: String,
    /// When it was created.
    pub created_at: String,
    /// When it stops working.
    pub expires_at: String,
    /// When it was revoked, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
    /// The only state that it is good for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<TokenState>,
}

/// A token that was just created. The secret is shown this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct CreatedToken {
    /// The secret: give it as `Authorization: Bearer …`, or as the password of HTTP basic
    /// authentication.
    pub secret: String,
    /// The token.
    pub token: TokenView,
}

impl std::fmt::Debug for CreatedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedToken")
            .field("secret", &"[redacted]")
            .field("token", &self.token)
            .finish()
    }
}
