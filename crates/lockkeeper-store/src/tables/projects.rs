//! Projects.

use jiff::Timestamp;
use lockkeeper_domain::id::{ProjectId, UserId};
use lockkeeper_domain::name::Name;

use crate::statement::statements;
use crate::stored::Stored;

/// A project.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ProjectRow {
    /// The identifier.
    pub id: Stored<ProjectId>,
    /// The name.
    pub name: Stored<Name>,
    /// The address or path of the Git repository.
    pub repository: String,
    /// The branch whose policy holds; none until the repository was read for the first time.
    pub default_branch: Option<String>,
    /// The number that the next change gets.
    pub next_change_number: i64,
    /// When it was created.
    pub created_at: Stored<Timestamp>,
}

/// A number that was taken.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct TakenNumber {
    /// The number.
    pub number: i64,
}

statements! {
    /// Adds a project.
    execute fn insert(id: ProjectId, name: &Name, repository: &str, default_branch: Option<&str>, created_at: Timestamp) =
        "INSERT INTO projects (id, name, repository, default_branch, next_change_number, created_at) VALUES ($1, $2, $3, $4, 1, $5)";
    /// Settles the default branch; one that is settled stays.
    execute fn settle_default_branch(id: ProjectId, branch: &str) =
        "UPDATE projects SET default_branch = $2 WHERE id = $1 AND default_branch IS NULL";
    /// The project of that name.
    optional fn by_name(name: &Name) -> ProjectRow = "SELECT * FROM projects WHERE name = $1";
    /// The project.
    optional fn by_id(id: ProjectId) -> ProjectRow = "SELECT * FROM projects WHERE id = $1";
    /// Projects by name, behind the one given.
    all fn page(after: &str, limit: i64) -> ProjectRow = "SELECT * FROM projects WHERE name > $1 ORDER BY name LIMIT $2";
    /// The projects in which the user holds a role, by name, behind the one given.
    all fn page_of_user(user: UserId, after: &str, limit: i64) -> ProjectRow =
        "SELECT * FROM projects WHERE name > $2 AND id IN (SELECT project_id FROM memberships WHERE user_id = $1) \
         ORDER BY name LIMIT $3";
    /// Takes the next number of a change. Transactions that take one from the same project wait for each other.
    optional fn take_change_number(id: ProjectId) -> TakenNumber =
        "UPDATE projects SET next_change_number = next_change_number + 1 WHERE id = $1 \
         RETURNING next_change_number - 1 AS number";
}
