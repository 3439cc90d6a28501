//! Projects, environments, members and stacks.

mod create_environment;
mod create_project;
mod grant_role;
mod list_environments;
mod list_members;
mod list_projects;
mod list_stacks;
mod protect_states;
mod revoke_role;
mod show_project;

pub use create_environment::{NewEnvironment, create_environment};
pub use create_project::create_project;
pub use grant_role::grant_role;
pub use list_environments::list_environments;
pub use list_members::list_members;
pub use list_projects::list_projects;
pub use list_stacks::list_stacks;
pub use protect_states::protect_states;
pub use revoke_role::revoke_role;
pub use show_project::{show_project, shown_repository};
