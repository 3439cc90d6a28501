//! Who is calling, and what they may do. Deny by default: a project in which the caller holds nothing
//! looks as if it did not exist.

use std::fmt::Display;

use jiff::Timestamp;
use lockkeeper_domain::id::{ProjectId, RunId, StateId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::{Grants, Membership, Permission, Role};
use lockkeeper_domain::state_lock::Holder;
use lockkeeper_domain::token::OneState;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::memberships;
use lockkeeper_store::tables::projects::ProjectRow;

use crate::UseCaseError;

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A person or a service account, by an API token.
    User {
        /// The user.
        id: UserId,
        /// The name.
        name: Name,
        /// Whether the user administers the server.
        server_admin: bool,
        /// When the token ends.
        until: Timestamp,
    },
    /// A tool that somebody has lent a token to: good for one state, as the user may use it, and nothing else.
    Tool {
        /// The user.
        id: UserId,
        /// The name.
        name: Name,
        /// Whether the user administers the server.
        server_admin: bool,
        /// The only state that the token is good for.
        state: OneState,
    },
    /// The child process of a run, by the run's token: good for one state and nothing else.
    Run {
        /// The run.
        run: RunId,
        /// The only state that the token is good for.
        state: StateId,
        /// Who asked for the run.
        user: UserId,
        /// The name of who asked for it.
        user_name: Name,
    },
}

impl Caller {
    /// The user, or the one who asked for the run.
    pub fn user(&self) -> UserId {
        match self {
            Caller::User { id, .. } | Caller::Tool { id, .. } => *id,
            Caller::Run { user, .. } => *user,
        }
    }

    /// The name that stands in the audit log.
    pub fn name(&self) -> &Name {
        match self {
            Caller::User { name, .. } | Caller::Tool { name, .. } => name,
            Caller::Run { user_name, .. } => user_name,
        }
    }

    /// Whose credentials a lock is taken with.
    pub fn holder(&self) -> Holder {
        match self {
            Caller::User { id, .. } | Caller::Tool { id, .. } => Holder { user: *id, run: None },
            Caller::Run { run, user, .. } => Holder {
                user: *user,
                run: Some(*run),
            },
        }
    }

    /// Refuses the tokens of runs and of tools: the code of a proposed commit, and providers, hold them.
    ///
    /// # Errors
    /// When the caller is no user.
    pub fn require_user(&self) -> Result<(), UseCaseError> {
        match self {
            Caller::User { .. } => Ok(()),
            Caller::Tool { .. } | Caller::Run { .. } => Err(self.good_for_one_state()),
        }
    }

    /// The refusal of a token that is good for one state.
    pub(crate) fn good_for_one_state(&self) -> UseCaseError {
        match self {
            Caller::Tool { state, .. } => {
                let (stack, environment) = (&state.stack, &state.environment);
                let detail = format!("this token was lent for the state of {stack} in {environment} only");
                UseCaseError::forbidden(detail).hint("use a token of your own: `lockkeeper login`")
            }
            _ => UseCaseError::forbidden("the token of a run is good for the state of that run only"),
        }
    }

    /// Refuses a tool's token anywhere but at the address of its state in the state protocol.
    ///
    /// # Errors
    /// When the path is another one.
    pub fn require_path(&self, path: &str) -> Result<(), UseCaseError> {
        let Caller::Tool { state, name, .. } = self else {
            return Ok(());
        };
        let OneState {
            project,
            environment,
            stack,
            personal,
        } = state;
        let mut own = format!("/api/v1/projects/{project}/environments/{environment}/stacks/{stack}");
        if *personal {
            own.push_str(&format!("/personal/{name}"));
        }
        own.push_str("/state");
        match path.strip_prefix(&own) {
            Some("" | "/lock") => Ok(()),
            _ => Err(self.good_for_one_state()),
        }
    }

    /// Refuses everybody but the server's administrators.
    ///
    /// # Errors
    /// When the caller is none of them.
    pub fn require_server_admin(&self) -> Result<(), UseCaseError> {
        match self {
            Caller::User {
                server_admin: true, ..
            } => Ok(()),
            _ => Err(
                UseCaseError::forbidden("only an administrator of the server may do this")
                    .hint("ask whoever holds the bootstrap token, or a user made with --server-admin"),
            ),
        }
    }
}

/// A project that the caller may do something in.
#[derive(Debug, Clone)]
pub struct Access {
    /// The project.
    pub project: ProjectRow,
    /// What the caller holds there.
    pub grants: Grants,
}

impl Access {
    /// Loads the project and checks that the caller holds the permission in some environment of it.
    ///
    /// # Errors
    /// Not found when the project is not there or the caller holds nothing in it, forbidden when they
    /// hold something else.
    pub async fn require(
        transaction: &mut Transaction,
        caller: &Caller,
        project: &Name,
        permission: Permission,
    ) -> Result<Self, UseCaseError> {
        let access = Self::load(transaction, caller, project).await?;
        if access.grants.allow(permission) {
            Ok(access)
        } else {
            Err(refused(caller, permission, None))
        }
    }

    /// Checks that the caller holds the permission in the environment.
    ///
    /// # Errors
    /// Forbidden when they do not.
    pub fn require_in(
        &self,
        caller: &Caller,
        permission: Permission,
        environment: &Name,
    ) -> Result<(), UseCaseError> {
        if self.grants.allow_in(permission, environment) {
            return Ok(());
        }
        Err(refused(caller, permission, Some(environment)))
    }

    /// Checks that the caller holds the permission in every environment, those to come included.
    ///
    /// # Errors
    /// Forbidden when they hold it in some at most.
    pub fn require_everywhere(&self, caller: &Caller, permission: Permission) -> Result<(), UseCaseError> {
        if self.grants.allow_everywhere(permission) {
            return Ok(());
        }
        Err(refused(caller, permission, None).hint(
            "this takes a role that is limited to no environment; ask an administrator of the whole project",
        ))
    }

    async fn load(transaction: &mut Transaction, caller: &Caller, name: &Name) -> Result<Self, UseCaseError> {
        caller.require_user()?;
        let rows = memberships::of_user_by_project_name(transaction, name, caller.user()).await?;
        let held = rows.iter().map(|row| row.membership());
        let grants = grants_in(caller, name, held)?;
        let project = rows.into_iter().next().map(|row| row.of);
        let project = project.ok_or_else(|| no_project(name))?;
        Ok(Self { project, grants })
    }
}

/// What a caller holds in a project, of which each role was read that they may hold. What a tool may touch of it
/// is for who asks to look at.
///
/// # Errors
/// Not found when they hold nothing, or there is no such project and so no row.
pub(crate) fn grants_in<E: Display>(
    caller: &Caller,
    project: &Name,
    held: impl ExactSizeIterator<Item = Result<Option<Membership>, E>>,
) -> Result<Grants, UseCaseError> {
    let server_admin = match caller {
        Caller::User { server_admin, .. } | Caller::Tool { server_admin, .. } => {
            *server_admin && held.len() > 0
        }
        Caller::Run { .. } => return Err(caller.good_for_one_state()),
    };
    match grants(held.filter_map(Result::transpose), server_admin)? {
        grants if grants.is_empty() => Err(no_project(project)),
        grants => Ok(grants),
    }
}

fn no_project(name: &Name) -> UseCaseError {
    UseCaseError::not_found(format!("there is no project `{name}`, or you hold no role in it"))
        .hint("`lockkeeper project list` shows those that you may see")
}

/// What a user holds in a project.
pub(crate) async fn grants_of(
    transaction: &mut Transaction,
    project: ProjectId,
    user: UserId,
    server_admin: bool,
) -> Result<Grants, UseCaseError> {
    let rows = memberships::of_user_in_project(transaction, project, user).await?;
    grants(rows.iter().map(|row| row.membership()), server_admin)
}

/// Roles that were read, and those that an administrator of the server has everywhere.
pub(crate) fn grants<E: Display>(
    held: impl Iterator<Item = Result<Membership, E>>,
    server_admin: bool,
) -> Result<Grants, UseCaseError> {
    let held: Result<Vec<Membership>, E> = held.collect();
    let mut held = held.map_err(|error| UseCaseError::internal(format!("a role cannot be read: {error}")))?;
    if server_admin {
        held.push(Membership {
            role: Role::Admin,
            environment: None,
        });
    }
    Ok(Grants::new(held))
}

/// The refusal of a caller who does not hold the permission, in that environment where one is named.
pub(crate) fn refused(caller: &Caller, permission: Permission, environment: Option<&Name>) -> UseCaseError {
    let (verb, role) = match permission {
        Permission::Read => ("see this", "viewer"),
        Permission::ReadAudit => ("see the audit log", "author"),
        Permission::Propose => ("propose or edit changes", "author"),
        Permission::Approve => ("approve changes", "reviewer"),
        Permission::Apply => ("apply changes of others", "operator"),
        Permission::ReadState => ("read Terraform states", "author"),
        Permission::WriteState => ("write Terraform states", "operator"),
        Permission::ForceUnlockState => ("break locks of Terraform states", "operator"),
        Permission::OverwriteState => ("overwrite or import Terraform states", "operator"),
        Permission::Administer => ("administer this project", "admin"),
    };
    let place = environment.map(|name| format!(" in {name}")).unwrap_or_default();
    UseCaseError::forbidden(format!("{} may not {verb}{place}", caller.name())).hint(format!(
        "ask an administrator of the project: `lockkeeper member grant {} {role}`",
        caller.name()
    ))
}
