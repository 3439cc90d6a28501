//! Roles that users hold in projects.

use jiff::Timestamp;
use lockkeeper_domain::id::{ProjectId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::{Membership, Role};
use sqlx::error::BoxDynError;

use crate::statement::statements;
use crate::stored::Stored;
use crate::tables::projects::ProjectRow;

/// A role of a user in a project.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MembershipRow {
    /// The project.
    pub project_name: Stored<Name>,
    /// The user.
    pub user_name: Stored<Name>,
    role: String,
    function: String,
    environment_name: String,
}

/// A project, and one role that a user holds in it, if any.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HeldRow {
    /// The project.
    #[sqlx(flatten)]
    pub project: ProjectRow,
    role: Option<String>,
    function: Option<String>,
    environment_name: Option<String>,
}

impl HeldRow {
    /// The role, and the environment that it is limited to; none when the user holds nothing.
    ///
    /// # Errors
    /// When the row holds something that was never written by this program.
    pub fn membership(&self) -> Result<Option<Membership>, BoxDynError> {
        let Some(role) = &self.role else {
            return Ok(None);
        };
        let text = |column: &'_ Option<String>| column.clone().unwrap_or_default();
        membership(role, &text(&self.function), &text(&self.environment_name)).map(Some)
    }
}

impl MembershipRow {
    /// The role, and the environment that it is limited to.
    ///
    /// # Errors
    /// When the row holds something that was never written by this program.
    pub fn membership(&self) -> Result<Membership, BoxDynError> {
        membership(&self.role, &self.function, &self.environment_name)
    }
}

fn membership(role: &str, function: &str, environment: &str) -> Result<Membership, BoxDynError> {
    let role = match role {
        "viewer" => Role::Viewer,
        "author" => Role::Author,
        "reviewer" => Role::Reviewer {
            function: function.parse()?,
        },
        "operator" => Role::Operator,
        "admin" => Role::Admin,
        other => return Err(format!("`{other}` is not a role").into()),
    };
    let environment = match environment {
        "" => None,
        name => Some(name.parse()?),
    };
    Ok(Membership { role, environment })
}

/// The columns of a membership: role, function and environment, empty where there is none.
pub fn columns(membership: &Membership) -> (&'static str, &str, &str) {
    let (role, function) = match &membership.role {
        Role::Viewer => ("viewer", ""),
        Role::Author => ("author", ""),
        Role::Reviewer { function } => ("reviewer", function.as_str()),
        Role::Operator => ("operator", ""),
        Role::Admin => ("admin", ""),
    };
    (
        role,
        function,
        membership.environment.as_ref().map_or("", Name::as_str),
    )
}

statements! {
    /// Grants a role; one that is held already stays as it is.
    execute fn insert(project: ProjectId, user: UserId, role: &str, function: &str, environment: &str, created_at: Timestamp) =
        "INSERT INTO memberships (project_id, user_id, role, function, environment_name, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    /// Takes a role back.
    execute fn delete(project: ProjectId, user: UserId, role: &str, function: &str, environment: &str) =
        "DELETE FROM memberships WHERE project_id = $1 AND user_id = $2 AND role = $3 AND function = $4 AND environment_name = $5";
    /// What a user holds in a project.
    all fn of_user_in_project(project: ProjectId, user: UserId) -> MembershipRow =
        "SELECT p.name AS project_name, u.name AS user_name, m.role, m.function, m.environment_name FROM memberships m \
         JOIN projects p ON p.id = m.project_id JOIN users u ON u.id = m.user_id WHERE m.project_id = $1 AND m.user_id = $2";
    /// The project of that name, once for each role that a user holds in it, or once without a role.
    all fn of_user_by_project_name(project: &Name, user: UserId) -> HeldRow =
        "SELECT p.*, m.role, m.function, m.environment_name FROM projects p \
         LEFT JOIN memberships m ON m.project_id = p.id AND m.user_id = $2 WHERE p.name = $1";
    /// What a user holds anywhere.
    all fn of_user(user: UserId) -> MembershipRow =
        "SELECT p.name AS project_name, u.name AS user_name, m.role, m.function, m.environment_name FROM memberships m \
         JOIN projects p ON p.id = m.project_id JOIN users u ON u.id = m.user_id WHERE m.user_id = $1 ORDER BY p.name LIMIT 1000";
    /// Who holds what in a project.
    all fn of_project(project: ProjectId, limit: i64, offset: i64) -> MembershipRow =
        "SELECT p.name AS project_name, u.name AS user_name, m.role, m.function, m.environment_name FROM memberships m \
         JOIN projects p ON p.id = m.project_id JOIN users u ON u.id = m.user_id WHERE m.project_id = $1 \
         ORDER BY u.name, m.role, m.function, m.environment_name LIMIT $2 OFFSET $3";
}
