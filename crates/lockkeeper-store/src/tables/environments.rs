//! Environments.

use jiff::Timestamp;
use lockkeeper_domain::id::{EnvironmentId, ProjectId};
use lockkeeper_domain::name::Name;

use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::statements;
use crate::stored::Stored;

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "environments",
    identity: &[("id", IdentityKind::Id)],
    sealed: &[],
    names: &["name"],
};

sealed_row! {
    /// An environment, with the name of the one that it promotes from.
    pub struct EnvironmentRow {
        /// The identifier.
        pub id: Stored<EnvironmentId>,
        /// The project.
        pub project_id: Stored<ProjectId>,
        /// The tier, as text.
        pub tier: String,
        /// The environment that it promotes from.
        pub promotes_from: Option<Stored<EnvironmentId>>,
        /// Whether its states are written by runs of approved changes only.
        pub states_protected: bool,
        /// When it was created.
        pub created_at: Stored<Timestamp>,
    }
    names {
        /// The name.
        pub name: Stored<Name>,
        /// The name of that environment.
        pub promotes_from_name: Option<Stored<Name>>,
    }
}

statements! {
    /// Adds an environment.
    execute fn insert(id: EnvironmentId, project: ProjectId, name: &Name, tier: &str, promotes_from: Option<EnvironmentId>, states_protected: bool, created_at: Timestamp) names [name] =
        "INSERT INTO environments (id, project_id, name, tier, promotes_from, states_protected, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// Every environment of a project, oldest first. A project has tens of them at most.
    all fn of_project(project: ProjectId) -> EnvironmentRow =
        "SELECT e.id, e.project_id, e.name, e.tier, e.promotes_from, p.name AS promotes_from_name, e.states_protected, e.created_at \
         FROM environments e LEFT JOIN environments p ON p.id = e.promotes_from WHERE e.project_id = $1 ORDER BY e.id LIMIT 1000";
    /// The environment of that name.
    optional fn by_name(project: ProjectId, name: &Name) names [name] -> EnvironmentRow =
        "SELECT e.id, e.project_id, e.name, e.tier, e.promotes_from, p.name AS promotes_from_name, e.states_protected, e.created_at \
         FROM environments e LEFT JOIN environments p ON p.id = e.promotes_from WHERE e.project_id = $1 AND e.name = $2";
    /// The environment.
    optional fn by_id(id: EnvironmentId) -> EnvironmentRow =
        "SELECT e.id, e.project_id, e.name, e.tier, e.promotes_from, p.name AS promotes_from_name, e.states_protected, e.created_at \
         FROM environments e LEFT JOIN environments p ON p.id = e.promotes_from WHERE e.id = $1";
    /// Takes an environment: transactions that take the same one, or protect its states, wait for each other.
    execute fn take(id: EnvironmentId) = "UPDATE environments SET states_protected = states_protected WHERE id = $1";
    /// Says whether the states of an environment are protected.
    execute fn set_states_protected(id: EnvironmentId, protected: bool) = "UPDATE environments SET states_protected = $2 WHERE id = $1";
}
