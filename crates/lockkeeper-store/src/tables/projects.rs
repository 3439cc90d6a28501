//! Projects.

use jiff::Timestamp;
use lockkeeper_domain::id::{ProjectId, UserId};
use lockkeeper_domain::name::Name;
use uuid::Uuid;

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::Stored;
use crate::{StoreError, Transaction};

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "projects",
    identity: &[("id", IdentityKind::Id)],
    sealed: &["repository", "default_branch"],
    names: &["name"],
};

sealed_row! {
    /// A project.
    pub struct ProjectRow {
        /// The identifier.
        pub id: Stored<ProjectId>,
        /// The number that the next change gets.
        pub next_change_number: i64,
        /// When it was created.
        pub created_at: Stored<Timestamp>,
    }
    sealed in SEALED, by (id) {
        /// The address or path of the Git repository.
        pub repository: String,
        /// The branch whose policy holds; none until the repository was read for the first time.
        pub default_branch: Option<String>,
    }
    names {
        /// The name.
        pub name: Stored<Name>,
    }
}

/// A number that was taken.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct TakenNumber {
    /// The number.
    pub number: i64,
}

statements! {
    /// Adds a project.
    execute fn insert(id: ProjectId, name: &Name, repository: &str, default_branch: Option<&str>, created_at: Timestamp) seals SEALED (id) [repository, default_branch] names [name] =
        "INSERT INTO projects (id, name, repository, default_branch, next_change_number, created_at) VALUES ($1, $2, $3, $4, 1, $5)";
    /// Settles the default branch; one that is settled stays.
    execute fn settle_default_branch(id: ProjectId, default_branch: &str) seals SEALED (id) [default_branch] =
        "UPDATE projects SET default_branch = $2 WHERE id = $1 AND default_branch IS NULL";
    /// The project of that name.
    optional fn by_name(name: &Name) names [name] -> ProjectRow = "SELECT * FROM projects WHERE name = $1";
    /// The project.
    optional fn by_id(id: ProjectId) -> ProjectRow = "SELECT * FROM projects WHERE id = $1";
    /// Projects, oldest first, behind the one of the name given, or from the identifier given.
    all fn page_from(after: &str, limit: i64, first: ProjectId) names [after] -> ProjectRow =
        "SELECT * FROM projects WHERE id > COALESCE((SELECT id FROM projects WHERE name = $1), $3) ORDER BY id LIMIT $2";
    /// The projects in which the user holds a role, likewise.
    all fn page_of_user_from(user: UserId, after: &str, limit: i64, first: ProjectId) names [after] -> ProjectRow =
        "SELECT * FROM projects WHERE id > COALESCE((SELECT id FROM projects WHERE name = $2), $4) \
         AND id IN (SELECT project_id FROM memberships WHERE user_id = $1) ORDER BY id LIMIT $3";
    /// Takes a project, until the end of the transaction: who alters its roles waits for each other.
    execute fn take(id: ProjectId) = "UPDATE projects SET name = name WHERE id = $1";
    /// Takes the next number of a change. Transactions that take one from the same project wait for each other.
    optional fn take_change_number(id: ProjectId) -> TakenNumber =
        "UPDATE projects SET next_change_number = next_change_number + 1 WHERE id = $1 \
         RETURNING next_change_number - 1 AS number";
}

/// Projects, oldest first, behind the one of the name given.
///
/// # Errors
/// When the database fails.
pub async fn page(
    transaction: &mut Transaction,
    after: &str,
    limit: i64,
) -> Result<Vec<ProjectRow>, StoreError> {
    page_from(transaction, after, limit, ProjectId::new(Uuid::nil())).await
}

/// The projects in which the user holds a role, oldest first, behind the one of the name given.
///
/// # Errors
/// When the database fails.
pub async fn page_of_user(
    transaction: &mut Transaction,
    user: UserId,
    after: &str,
    limit: i64,
) -> Result<Vec<ProjectRow>, StoreError> {
    page_of_user_from(transaction, user, after, limit, ProjectId::new(Uuid::nil())).await
}
