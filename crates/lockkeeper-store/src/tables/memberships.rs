//! Roles that users hold in projects.

use jiff::Timestamp;
use lockkeeper_domain::id::{ChangeId, ProjectId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::{Membership, Role};
use sqlx::error::BoxDynError;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::StoreError;
use crate::keyring::Keyring;
use crate::sealed::{IdentityKind, ReadRow, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::Stored;
use crate::tables::projects::ProjectRow;

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "memberships",
    identity: &[
        ("project_id", IdentityKind::Id),
        ("user_id", IdentityKind::Id),
        ("role", IdentityKind::Text),
        ("function", IdentityKind::Name),
        ("environment_name", IdentityKind::Name),
    ],
    sealed: &[],
    names: &["function", "environment_name"],
};

sealed_row! {
    /// A role of a user in a project.
    pub struct MembershipRow {
        role: String,
    }
    names {
        /// The project.
        pub project_name: Stored<Name>,
        /// The user.
        pub user_name: Stored<Name>,
        function: String,
        environment_name: String,
    }
}

sealed_row! {
    /// A role of somebody who approved a change.
    pub struct ApproverRow {
        /// The user.
        pub user_id: Stored<UserId>,
        role: String,
    }
    names {
        function: String,
        environment_name: String,
    }
}

/// A project or something in it, and one role that a user holds in that project, if any.
#[derive(Debug, Clone)]
pub struct HeldRow<T> {
    /// What the role is held in.
    pub of: T,
    held: MaybeHeld,
}

sealed_row! {
    /// A role, if one is held.
    pub struct MaybeHeld {
        role: Option<String>,
    }
    names {
        function: Option<String>,
        environment_name: Option<String>,
    }
}

impl<T: ReadRow> ReadRow for HeldRow<T> {
    fn from_sqlite(row: &SqliteRow, keyring: &Keyring) -> Result<Self, StoreError> {
        let (of, held) = (
            T::from_sqlite(row, keyring)?,
            MaybeHeld::from_sqlite(row, keyring)?,
        );
        Ok(Self { of, held })
    }

    fn from_postgres(row: &PgRow, keyring: &Keyring) -> Result<Self, StoreError> {
        let (of, held) = (
            T::from_postgres(row, keyring)?,
            MaybeHeld::from_postgres(row, keyring)?,
        );
        Ok(Self { of, held })
    }
}

impl<T> HeldRow<T> {
    /// The same role in a part of what it is held in.
    pub fn map<U>(self, part: impl FnOnce(T) -> U) -> HeldRow<U> {
        HeldRow {
            of: part(self.of),
            held: self.held,
        }
    }

    /// The role, and the environment that it is limited to; none when the user holds nothing.
    ///
    /// # Errors
    /// When the row holds something that was never written by this program.
    pub fn membership(&self) -> Result<Option<Membership>, BoxDynError> {
        let Some(role) = &self.held.role else {
            return Ok(None);
        };
        let text = |column: &'_ Option<String>| column.clone().unwrap_or_default();
        membership(
            role,
            &text(&self.held.function),
            &text(&self.held.environment_name),
        )
        .map(Some)
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

impl ApproverRow {
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
    execute fn insert(project: ProjectId, user: UserId, role: &str, function: &str, environment_name: &str, created_at: Timestamp) names [function, environment_name] =
        "INSERT INTO memberships (project_id, user_id, role, function, environment_name, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    /// Takes a role back.
    execute fn delete(project: ProjectId, user: UserId, role: &str, function: &str, environment_name: &str) names [function, environment_name] =
        "DELETE FROM memberships WHERE project_id = $1 AND user_id = $2 AND role = $3 AND function = $4 AND environment_name = $5";
    /// What a user holds in a project.
    all fn of_user_in_project(project: ProjectId, user: UserId) -> MembershipRow =
        "SELECT p.name AS project_name, u.name AS user_name, m.role, m.function, m.environment_name FROM memberships m \
         JOIN projects p ON p.id = m.project_id JOIN users u ON u.id = m.user_id WHERE m.project_id = $1 AND m.user_id = $2";
    /// What those who approved a change hold in its project.
    all fn of_approvers(project: ProjectId, change: ChangeId) -> ApproverRow =
        "SELECT m.user_id, m.role, m.function, m.environment_name FROM memberships m \
         WHERE m.project_id = $1 AND m.user_id IN (SELECT a.user_id FROM approvals a WHERE a.change_id = $2)";
    /// The project of that name, once for each role that a user holds in it, or once without a role.
    all fn of_user_by_project_name(project: &Name, user: UserId) names [project] -> HeldRow<ProjectRow> =
        "SELECT p.*, m.role, m.function, m.environment_name FROM projects p \
         LEFT JOIN memberships m ON m.project_id = p.id AND m.user_id = $2 WHERE p.name = $1";
    /// What a user holds anywhere.
    all fn of_user(user: UserId) -> MembershipRow =
        "SELECT p.name AS project_name, u.name AS user_name, m.role, m.function, m.environment_name FROM memberships m \
         JOIN projects p ON p.id = m.project_id JOIN users u ON u.id = m.user_id WHERE m.user_id = $1 ORDER BY p.id LIMIT 1000";
    /// Who holds what in a project.
    all fn of_project(project: ProjectId, limit: i64, offset: i64) -> MembershipRow =
        "SELECT p.name AS project_name, u.name AS user_name, m.role, m.function, m.environment_name FROM memberships m \
         JOIN projects p ON p.id = m.project_id JOIN users u ON u.id = m.user_id WHERE m.project_id = $1 \
         ORDER BY u.id, m.role, m.function, m.environment_name LIMIT $2 OFFSET $3";
}
