//! Which state a request is about, and whether the caller may touch it.

use lockkeeper_domain::id::{EnvironmentId, ProjectId, StateId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::states::{self, LocatedRow, SHARED, StateVersionRow};
use lockkeeper_store::tables::{projects, runs, state_locks};

use super::lock_state::locked;
use crate::changes::take_state;
use crate::{Access, App, Caller, ErrorKind, UseCaseError};

/// The address of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateAddress {
    /// The project.
    pub project: Name,
    /// The environment.
    pub environment: Name,
    /// The stack.
    pub stack: Name,
    /// Whose personal copy it is; none for the state that everybody shares.
    pub owner: Option<Name>,
}

impl StateAddress {
    /// How the state is named in the audit log: `staging/network`, `staging/network/personal/alice`.
    pub(super) fn subject(&self) -> String {
        let shared = format!("{}/{}", self.environment, self.stack);
        match &self.owner {
            None => shared,
            Some(owner) => format!("{shared}/personal/{owner}"),
        }
    }

    /// The address of the state that everybody shares.
    pub(super) fn shared(&self) -> Self {
        Self {
            owner: None,
            ..self.clone()
        }
    }
}

/// A state that the caller may touch.
#[derive(Debug, Clone, Copy)]
pub(super) struct GrantedState {
    pub(super) project: ProjectId,
    pub(super) environment: EnvironmentId,
    /// None when nothing was ever locked or written.
    pub(super) state: Option<StateId>,
    /// Whether the caller may break somebody else's lock.
    pub(super) may_force: bool,
    /// Whether only runs of approved changes write it.
    pub(super) protected: bool,
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
    if let Some(owner) = &address.owner {
        return require_own(transaction, caller, address, owner).await;
    }
    let access = Access::require(transaction, caller, &address.project, permission).await?;
    let project = *access.project.id;
    let located = locate(transaction, project, address, SHARED).await?;
    access.require_in(caller, permission, &address.environment)?;
    let may_force = access
        .grants
        .allow_in(Permission::ForceUnlockState, &address.environment);
    Ok(GrantedState {
        project,
        environment: *located.environment_id,
        protected: located.is_protected(),
        state: located.state_id.map(|state| *state),
        may_force,
    })
}

/// The refusal of a person who would write a protected state.
pub(super) fn refuse_protected(address: &StateAddress) -> UseCaseError {
    let StateAddress {
        environment, stack, ..
    } = address;
    let detail =
        format!("the state of {stack} in {environment} is protected: only runs of approved changes write it");
    UseCaseError::new(ErrorKind::Protected, detail).hint(format!(
        "propose a change: `lockkeeper change propose --stack {stack} --ref BRANCH`; to plan without a lock, `-lock=false`"
    ))
}

async fn locate(
    transaction: &mut Transaction,
    project: ProjectId,
    address: &StateAddress,
    owner: UserId,
) -> Result<LocatedRow, UseCaseError> {
    let name = &address.environment;
    states::locate(transaction, project, name, &address.stack, owner)
        .await?
        .ok_or_else(|| {
            UseCaseError::not_found(format!("there is no environment `{name}` in this project"))
                .hint("`lockkeeper environment list` shows them")
        })
}

/// A personal state is its owner's alone, as long as they may read the state that it is a copy of.
async fn require_own(
    transaction: &mut Transaction,
    caller: &Caller,
    address: &StateAddress,
    owner: &Name,
) -> Result<GrantedState, UseCaseError> {
    let access = Access::require(transaction, caller, &address.project, Permission::ReadState).await?;
    let project = *access.project.id;
    let located = locate(transaction, project, address, caller.user()).await?;
    access.require_in(caller, Permission::ReadState, &address.environment)?;
    if caller.name() != owner {
        return Err(UseCaseError::forbidden(format!(
            "a personal state is its owner's alone, and {owner} is not you"
        ))
        .hint("make one of your own: `lockkeeper state personal create ENVIRONMENT STACK`"));
    }
    Ok(GrantedState {
        project,
        environment: *located.environment_id,
        state: located.state_id.map(|state| *state),
        may_force: true,
        protected: false,
    })
}

async fn require_run(
    transaction: &mut Transaction,
    address: &StateAddress,
    own: StateId,
    permission: Permission,
) -> Result<GrantedState, UseCaseError> {
    let refused = || UseCaseError::forbidden("the token of a run is good for the state of that run only");
    if address.owner.is_some() || !matches!(permission, Permission::ReadState | Permission::WriteState) {
        return Err(refused());
    }
    let project = projects::by_name(transaction, &address.project)
        .await?
        .ok_or_else(refused)?;
    let project = *project.id;
    let located = locate(transaction, project, address, SHARED).await;
    let located = located.map_err(|_| refused())?;
    match located.state_id {
        Some(state) if *state == own => Ok(GrantedState {
            project,
            environment: *located.environment_id,
            protected: located.is_protected(),
            state: Some(own),
            may_force: false,
        }),
        _ => Err(refused()),
    }
}

/// Refuses a run that has ended since its token was looked at: nobody would ever release its lock. To be asked
/// when the state is taken.
pub(super) async fn refuse_ended_run(
    transaction: &mut Transaction,
    caller: &Caller,
) -> Result<(), UseCaseError> {
    let Caller::Run { run, .. } = caller else {
        return Ok(());
    };
    match runs::by_id(transaction, *run).await? {
        Some(row) if !row.status.has_ended() => Ok(()),
        _ => Err(UseCaseError::forbidden(
            "the run has ended, and its token with it",
        )),
    }
}

/// The state, made if it is not there yet; a personal one is made by [`super::create_personal`] only, because
/// Terraform would take one that is not there for an empty one. Only in a transaction that writes.
pub(super) async fn ensure(
    transaction: &mut Transaction,
    granted: GrantedState,
    address: &StateAddress,
) -> Result<StateId, UseCaseError> {
    match (granted.state, &address.owner) {
        (Some(state), _) => Ok(state),
        (None, None) => take_state(transaction, granted.project, granted.environment, &address.stack).await,
        (None, Some(_)) => Err(no_personal_state(address)),
    }
}

/// There is no such personal state.
pub(super) fn no_personal_state(address: &StateAddress) -> UseCaseError {
    let StateAddress {
        environment, stack, ..
    } = address;
    UseCaseError::not_found(format!(
        "there is no personal state of {stack} in {environment} yet"
    ))
    .hint(format!(
        "make it: `lockkeeper state personal create {environment} {stack}`"
    ))
}

/// As [`require`], for what puts another version in the place of the newest. Of a protected state that takes an
/// administrator: no change can carry it, because the state is broken and not the code.
pub(super) async fn require_overwrite(
    transaction: &mut Transaction,
    caller: &Caller,
    address: &StateAddress,
) -> Result<GrantedState, UseCaseError> {
    let granted = require(transaction, caller, address, Permission::OverwriteState).await?;
    match granted.protected {
        true => require(transaction, caller, address, Permission::Administer).await,
        false => Ok(granted),
    }
}

/// Takes a state whose lock nobody holds, for a write that the server makes by itself.
pub(super) async fn take_unlocked(
    app: &App,
    transaction: &mut Transaction,
    state: StateId,
) -> Result<(), UseCaseError> {
    states::take(transaction, state).await?;
    match state_locks::of_state(transaction, state).await? {
        Some(lock) => {
            let held_for = app.now().duration_since(*lock.taken_at);
            Err(locked(Some(lock.held().description), Some(held_for)))
        }
        None => Ok(()),
    }
}

/// Refuses to go on when the state was written since its newest serial was read.
pub(super) fn refuse_written(newest: Option<StateVersionRow>, read: Option<i64>) -> Result<(), UseCaseError> {
    match newest.map(|newest| newest.serial) == read {
        true => Ok(()),
        false => Err(UseCaseError::conflict(
            "the state was written meanwhile; look at it, and try again",
        )),
    }
}

/// A reason that somebody gives for what is out of the ordinary.
///
/// # Errors
/// Invalid when it is empty or too long.
pub(super) fn check_reason(reason: &str) -> Result<&str, UseCaseError> {
    let reason = reason.trim();
    match reason.len() {
        0 => Err(UseCaseError::invalid(
            "reason: it is empty; say why, for those who read the audit log",
        )),
        1..=MAX_REASON_LENGTH => Ok(reason),
        _ => Err(UseCaseError::invalid(format!(
            "reason: it is longer than {MAX_REASON_LENGTH} bytes"
        ))),
    }
}

/// The longest reason taken, in bytes.
const MAX_REASON_LENGTH: usize = 1000;
