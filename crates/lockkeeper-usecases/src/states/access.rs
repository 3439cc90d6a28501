//! Which state a request is about, and whether the caller may touch it.

use lockkeeper_domain::id::{ProjectId, StateId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::{environments, projects, states};

use crate::changes::take_state;
use crate::{Access, Caller, UseCaseError};

/// The address of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateAddress {
    /// The project.
    pub project: Name,
    /// The environment.
    pub environment: Name,
    /// The stack.
    pub stack: Name,
}

impl StateAddress {
    /// How the state is named in the audit log: `staging/network`.
    pub(super) fn subject(&self) -> String {
        format!("{}/{}", self.environment, self.stack)
    }
}

/// A state that the caller may touch.
#[derive(Debug, Clone, Copy)]
pub(super) struct GrantedState {
    pub(super) project: ProjectId,
    /// None when nothing was ever locked or written.
    pub(super) state: Option<StateId>,
    /// Whether the caller may break somebody else's lock.
    pub(super) may_force: bool,
}

/// Checks that the caller holds the permission on the state. The token of a run is good for its own
/// state only.
pub(super) async fn require(
    transaction: &mut Transaction,
    caller: &Caller,
    address: &StateAddress,
    permission: Permission,
) -> Result<GrantedState, UseCaseError> {
    if let Caller::Run { state, .. } = caller {
        return require_run(transaction, address, *state, permission).await;
    }
    let access = Access::require(transaction, caller, &address.project, permission).await?;
    let project = *access.project.id;
    let environment = environments::by_name(transaction, project, &address.environment)
        .await?
        .ok_or_else(|| {
            UseCaseError::not_found(format!(
                "there is no environment `{}` in this project",
                address.environment
            ))
            .hint("`lockkeeper environment list` shows them")
        })?;
    access.require_in(caller, permission, &address.environment)?;
    let state = states::find(transaction, *environment.id, project, &address.stack)
        .await?
        .map(|state| *state.id);
    let may_force = access
        .grants
        .allow_in(Permission::ForceUnlockState, &address.environment);
    Ok(GrantedState {
        project,
        state,
        may_force,
    })
}

async fn require_run(
    transaction: &mut Transaction,
    address: &StateAddress,
    own: StateId,
    permission: Permission,
) -> Result<GrantedState, UseCaseError> {
    let refused = || UseCaseError::forbidden("the token of a run is good for the state of that run only");
    if !matches!(permission, Permission::ReadState | Permission::WriteState) {
        return Err(refused());
    }
    let project = projects::by_name(transaction, &address.project)
        .await?
        .ok_or_else(refused)?;
    let project = *project.id;
    let environment = environments::by_name(transaction, project, &address.environment)
        .await?
        .ok_or_else(refused)?;
    let state = states::find(transaction, *environment.id, project, &address.stack).await?;
    match state {
        Some(state) if *state.id == own => Ok(GrantedState {
            project,
            state: Some(own),
            may_force: false,
        }),
        _ => Err(refused()),
    }
}

/// The state, made if it is not there yet. Only in a transaction that writes.
pub(super) async fn ensure(
    transaction: &mut Transaction,
    granted: GrantedState,
    address: &StateAddress,
) -> Result<StateId, UseCaseError> {
    if let Some(state) = granted.state {
        return Ok(state);
    }
    let environment = environments::by_name(transaction, granted.project, &address.environment).await?;
    let environment = environment.ok_or_else(|| UseCaseError::not_found("the environment is gone"))?;
    take_state(transaction, granted.project, *environment.id, &address.stack).await
}
