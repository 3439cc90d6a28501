use lockkeeper_api::types::project::{EnvironmentView, Member, ProjectView, RoleName, StackView};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::policy::Tier;
use lockkeeper_domain::role::{Function, Membership, Role};
use lockkeeper_domain::stack::Stack;
use lockkeeper_store::tables::environments::EnvironmentRow;
use lockkeeper_store::tables::memberships::MembershipRow;
use lockkeeper_store::tables::projects::ProjectRow;
use lockkeeper_usecases::projects::shown_repository;

use super::named;
use crate::extract::optional_name;
use crate::problem::Refusal;

/// A project.
pub(crate) fn project(row: &ProjectRow) -> ProjectView {
    ProjectView {
        name: row.name.to_string(),
        repository: shown_repository(row),
        default_branch: row.default_branch.clone(),
        created_at: row.created_at.to_string(),
    }
}

/// An environment.
pub(crate) fn environment(row: &EnvironmentRow) -> Result<EnvironmentView, Refusal> {
    let tier = Tier::ALL.into_iter().find(|tier| tier.as_str() == row.tier);
    Ok(EnvironmentView {
        name: row.name.to_string(),
        tier: named::tier(tier.ok_or_else(Refusal::internal)?),
        promotes_from: row.promotes_from_name.as_ref().map(|name| name.to_string()),
        states_protected: row.states_protected,
        created_at: row.created_at.to_string(),
    })
}

/// A stack.
pub(crate) fn stack(stack: Stack) -> StackView {
    StackView {
        name: stack.name.to_string(),
        folder: stack.folder,
        owner: stack.owner,
    }
}

/// A role that a user holds in a project.
pub(crate) fn member(row: &MembershipRow) -> Result<Member, Refusal> {
    let membership = row.membership().map_err(|error| {
        tracing::error!(%error, "a membership cannot be read");
        Refusal::internal()
    })?;
    let (role, function) = role(&membership.role);
    Ok(Member {
        user: row.user_name.to_string(),
        role,
        function,
        environment: membership.environment.as_ref().map(Name::to_string),
    })
}

/// The role and its function.
pub(super) fn role(role: &Role) -> (RoleName, Option<String>) {
    match role {
        Role::Viewer => (RoleName::Viewer, None),
        Role::Author => (RoleName::Author, None),
        Role::Reviewer { function } => (RoleName::Reviewer, Some(function.to_string())),
        Role::Operator => (RoleName::Operator, None),
        Role::Admin => (RoleName::Admin, None),
    }
}

/// The role that a client names.
///
/// # Errors
/// When a reviewer has no function, somebody else has one, or a name is none.
pub(crate) fn to_membership(member: &Member) -> Result<Membership, Refusal> {
    let role = match (member.role, &member.function) {
        (RoleName::Reviewer, Some(function)) => Role::Reviewer {
            function: function_of(function)?,
        },
        (RoleName::Reviewer, None) => {
            return Err(
                Refusal::invalid("function: a reviewer answers for something, and it is missing")
                    .hint("give one, such as devops-lead, security or database"),
            );
        }
        (_, Some(_)) => {
            return Err(Refusal::invalid("function: only reviewers have one").hint("leave it out"));
        }
        (RoleName::Viewer, None) => Role::Viewer,
        (RoleName::Author, None) => Role::Author,
        (RoleName::Operator, None) => Role::Operator,
        (RoleName::Admin, None) => Role::Admin,
    };
    Ok(Membership {
        role,
        environment: optional_name("environment", member.environment.as_deref())?,
    })
}

fn function_of(text: &str) -> Result<Function, Refusal> {
    text.parse()
        .map_err(|error| Refusal::invalid(format!("function: {error}")))
}
