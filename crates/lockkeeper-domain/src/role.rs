//! Who may do what: roles per project, the functions that reviewers hold, and permissions.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::name::Name;

/// A role that a user holds in a project (docs/roles.md).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "role")]
pub enum Role {
    /// Sees changes, plans, runs and the audit log.
    Viewer,
    /// Proposes changes, and applies their own once the gates are open.
    Author,
    /// Approves in the named function, in every environment or in one.
    Reviewer {
        /// What the reviewer answers for, such as `devops-lead` or `security`.
        function: Function,
    },
    /// Applies any change whose gates are open, cancels runs, and works on states.
    Operator,
    /// Everything in the project, its members included.
    Admin,
}

/// What a reviewer answers for: `devops-lead`, `security`, `database`, `change-advisory-board`, or
/// any other name that the project's policy uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Function(Name);

impl Function {
    /// Wraps the name of a function.
    pub fn new(name: Name) -> Self {
        Self(name)
    }

    /// Answers for the platform as a whole; every high change needs it.
    pub fn devops_lead() -> Self {
        Self::well_known("devops-lead")
    }

    /// Answers for network, identity and secrets.
    pub fn security() -> Self {
        Self::well_known("security")
    }

    /// Answers for databases.
    pub fn database() -> Self {
        Self::well_known("database")
    }

    /// The change advisory board (ITIL), whose decision a high change in production needs.
    pub fn change_advisory_board() -> Self {
        Self::well_known("change-advisory-board")
    }

    #[expect(
        clippy::expect_used,
        reason = "the four names above are valid, as the test below shows"
    )]
    fn well_known(name: &str) -> Self {
        Self(name.parse().expect("a well-known function has a valid name"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Function {
    type Err = crate::name::InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Something that a call does to a project. Every operation of the API names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// See the project, its environments, changes, plans, runs and logs.
    Read,
    /// See the audit log and verify it.
    ReadAudit,
    /// Propose a change, re-plan, tick its checks, cancel one's own.
    Propose,
    /// Approve or withdraw an approval.
    Approve,
    /// Apply, schedule and roll back a change; cancel runs. An author has it for their own changes.
    Apply,
    /// Read a Terraform state, which holds secrets.
    ReadState,
    /// Lock, write and unlock a Terraform state.
    WriteState,
    /// Break a lock held by somebody else.
    ForceUnlockState,
    /// Put a state back to an older version, bring one in, or have leave to write one of another lineage.
    OverwriteState,
    /// Create environments, grant roles, delete states, change settings.
    Administer,
}

impl Role {
    /// Whether the role allows the permission in its project.
    pub fn allows(&self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Role::Viewer => matches!(permission, P::Read),
            Role::Author => matches!(permission, P::Read | P::ReadAudit | P::Propose | P::ReadState),
            Role::Reviewer { .. } => matches!(permission, P::Read | P::ReadAudit | P::Approve),
            Role::Operator => !matches!(permission, P::Approve | P::Administer),
            Role::Admin => !matches!(permission, P::Approve),
        }
    }
}

/// A role, and the environment that it is limited to, if any.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Membership {
    /// What the member may do.
    #[serde(flatten)]
    pub role: Role,
    /// The only environment in which the role counts; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Name>,
}

/// What a caller holds in one project, worked out once for each request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    memberships: BTreeSet<Membership>,
}

impl Grants {
    /// Collects the memberships of one user in one project.
    pub fn new(memberships: impl IntoIterator<Item = Membership>) -> Self {
        Self {
            memberships: memberships.into_iter().collect(),
        }
    }

    /// Whether any membership allows the permission in some environment.
    pub fn allow(&self, permission: Permission) -> bool {
        self.memberships.iter().any(|m| m.role.allows(permission))
    }

    /// Whether a role that is limited to no environment allows it.
    pub fn allow_everywhere(&self, permission: Permission) -> bool {
        self.memberships
            .iter()
            .any(|m| m.environment.is_none() && m.role.allows(permission))
    }

    /// Whether a membership allows the permission in the environment named.
    pub fn allow_in(&self, permission: Permission, environment: &Name) -> bool {
        self.in_environment(environment)
            .any(|m| m.role.allows(permission))
    }

    /// The functions in which the caller may approve in the environment named.
    pub fn functions_in(&self, environment: &Name) -> BTreeSet<Function> {
        self.in_environment(environment)
            .filter_map(|m| match &m.role {
                Role::Reviewer { function } => Some(function.clone()),
                _ => None,
            })
            .collect()
    }

    /// Whether nothing at all is held, in which case the project must look as if it did not exist.
    pub fn is_empty(&self) -> bool {
        self.memberships.is_empty()
    }

    fn in_environment(&self, environment: &Name) -> impl Iterator<Item = &Membership> {
        self.memberships
            .iter()
            .filter(move |m| m.environment.as_ref().is_none_or(|e| e == environment))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_functions_have_valid_names() {
        let all = [
            Function::devops_lead(),
            Function::security(),
            Function::database(),
            Function::change_advisory_board(),
        ];
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 4);
    }

    #[test]
    fn an_admin_cannot_approve_without_the_reviewer_role() {
        assert!(!Role::Admin.allows(Permission::Approve));
        assert!(
            Role::Reviewer {
                function: Function::security()
            }
            .allows(Permission::Approve)
        );
    }

    #[test]
    fn a_role_limited_to_an_environment_counts_only_there() {
        let staging: Name = "staging".parse().unwrap();
        let production: Name = "production".parse().unwrap();
        let grants = Grants::new([Membership {
            role: Role::Operator,
            environment: Some(staging.clone()),
        }]);
        assert!(grants.allow_in(Permission::Apply, &staging));
        assert!(!grants.allow_in(Permission::Apply, &production));
        assert!(grants.allow(Permission::Apply));
        assert!(!grants.allow_everywhere(Permission::Apply));
    }

    #[test]
    fn nothing_is_allowed_without_a_role() {
        assert!(!Grants::default().allow(Permission::Read));
    }
}
