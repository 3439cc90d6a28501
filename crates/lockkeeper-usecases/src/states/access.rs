//! Which state a request is about, and whether the caller may touch it.

use lockkeeper_domain::id::{EnvironmentId, ProjectId, StateId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::memberships::HeldRow;
use lockkeeper_store::tables::states::{self, AskedRow, LocatedRow, SHARED, StandingRow, StateVersionRow};
use lockkeeper_store::tables::{runs, state_locks};

use super::lock_state::locked;
use crate::access::{grants_in, refused};
use crate::changes::take_state;
use crate::{App, Caller, ErrorKind, UseCaseError};

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
    /// How the state is named in the audit log.
    pub(super) fn subject(&self) -> String {
        subject(&self.environment, &self.stack, self.owner.as_ref())
    }

    /// The address of the state that everybody shares.
    pub(super) fn shared(&self) -> Self {
        Self {
            owner: None,
            ..self.clone()
        }
    }
}

/// How a state is named in the audit log: `staging/network`, `staging/network/personal/alice`.
pub(super) fn subject(environment: &Name, stack: &Name, owner: Option<&Name>) -> String {
    match owner {
        None => format!("{environment}/{stack}"),
        Some(owner) => format!("{environment}/{stack}/personal/{owner}"),
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
    /// Whether only runs of approved changes write it. What is said of the state itself holds, else what is said of
    /// its environment.
    pub(super) protected: bool,
}

impl GrantedState {
    /// The newest version, if there is one.
    pub(super) async fn newest(
        self,
        transaction: &mut Transaction,
    ) -> Result<Option<StateVersionRow>, UseCaseError> {
        match self.state {
            Some(state) => Ok(states::newest(transaction, state).await?),
            None => Ok(None),
        }
    }
}

/// Checks that the caller holds the permission on the state. The token of a run is good for its own
/// state only.
pub(super) async fn require(
    transaction: &mut Transaction,
    caller: &Caller,
    address: &StateAddress,
    permission: Permission,
) -> Result<GrantedState, UseCaseError> {
    refuse_other_state(caller, address, permission)?;
    Asked::look_up(transaction, caller, address)
        .await?
        .grant(caller, address, permission)
}

/// As [`require`], and answers how the state stands as well, in one statement.
pub(super) async fn require_standing(
    transaction: &mut Transaction,
    caller: &Caller,
    address: &StateAddress,
    permission: Permission,
) -> Result<(GrantedState, Option<StandingRow>), UseCaseError> {
    refuse_other_state(caller, address, permission)?;
    let (asked, standing) = Asked::look_up_standing(transaction, caller, address).await?;
    Ok((asked.grant(caller, address, permission)?, standing))
}

/// As [`require`], for what alters the state: it is made if it is not there, and taken, so that what is answered
/// holds until the transaction ends.
pub(super) async fn require_taken(
    transaction: &mut Transaction,
    caller: &Caller,
    address: &StateAddress,
    permission: Permission,
) -> Result<(GrantedState, StateId), UseCaseError> {
    let mut granted = require(transaction, caller, address, permission).await?;
    let state = ensure(transaction, granted, address).await?;
    // A personal one may have been removed at this moment.
    let row = states::take(transaction, state).await?;
    row.ok_or_else(|| no_personal_state(address))?;
    granted.state = Some(state);
    granted.protected = is_protected(transaction, state, address).await?;
    Ok((granted, state))
}

/// Whether only runs of approved changes write a state that was taken. Whoever protects a state, or all of an
/// environment, takes them as well, so that the answer holds until the transaction ends.
pub(super) async fn is_protected(
    transaction: &mut Transaction,
    state: StateId,
    address: &StateAddress,
) -> Result<bool, UseCaseError> {
    let protection = states::protection(transaction, state).await?;
    Ok(address.owner.is_none() && protection.is_some_and(|row| row.protected))
}

/// What was found of a state that somebody asks for.
struct Asked {
    rows: Vec<HeldRow<AskedRow>>,
}

impl Asked {
    async fn look_up(
        transaction: &mut Transaction,
        caller: &Caller,
        address: &StateAddress,
    ) -> Result<Self, UseCaseError> {
        let StateAddress {
            project,
            environment,
            stack,
            ..
        } = address;
        let (owner, user) = (owner(caller, address), caller.user());
        let rows = states::asked(transaction, project, environment, stack, owner, user).await?;
        Ok(Self { rows })
    }

    async fn look_up_standing(
        transaction: &mut Transaction,
        caller: &Caller,
        address: &StateAddress,
    ) -> Result<(Self, Option<StandingRow>), UseCaseError> {
        let StateAddress {
            project,
            environment,
            stack,
            ..
        } = address;
        let (owner, user) = (owner(caller, address), caller.user());
        let rows = states::asked_standing(transaction, project, environment, stack, owner, user).await?;
        // Each row says the same of the state, for another role.
        let standing = rows.first().and_then(|row| row.of.standing.clone());
        let rows = rows.into_iter().map(|row| row.map(|both| both.asked)).collect();
        Ok((Self { rows }, standing))
    }

    fn grant(
        &self,
        caller: &Caller,
        address: &StateAddress,
        permission: Permission,
    ) -> Result<GrantedState, UseCaseError> {
        if let Caller::Run { state, .. } = caller {
            let granted = self.granted_to_run(address, *state, permission);
            return granted.ok_or_else(|| caller.good_for_one_state());
        }
        // A personal state is its owner's alone, as long as they may read the state that it is a copy of.
        let needed = match address.owner {
            None => permission,
            Some(_) => Permission::ReadState,
        };
        let held = self.rows.iter().map(HeldRow::membership);
        let grants = grants_in(caller, &address.project, held)?;
        if !grants.allow(needed) {
            return Err(refused(caller, needed, None));
        }
        let located = self.located(address)?;
        let environment = &address.environment;
        if !grants.allow_in(needed, environment) {
            return Err(refused(caller, needed, Some(environment)));
        }
        refuse_other_owner(caller, address)?;
        let may_force = address.owner.is_some() || grants.allow_in(Permission::ForceUnlockState, environment);
        self.granted(located, address, may_force)
    }

    fn located(&self, address: &StateAddress) -> Result<LocatedRow, UseCaseError> {
        let located = self.rows.first().and_then(|row| row.of.located());
        located.ok_or_else(|| {
            let name = &address.environment;
            UseCaseError::not_found(format!("there is no environment `{name}` in this project"))
                .hint("`lockkeeper environment list` shows them")
        })
    }

    fn granted(
        &self,
        located: LocatedRow,
        address: &StateAddress,
        may_force: bool,
    ) -> Result<GrantedState, UseCaseError> {
        let project = self.rows.first().map(|row| *row.of.project_id);
        let shared = address.owner.is_none();
        Ok(GrantedState {
            project: project.ok_or_else(|| UseCaseError::internal("a state belongs to no project"))?,
            environment: *located.environment_id,
            state: located.state_id.map(|state| *state),
            may_force,
            protected: shared && located.protected.unwrap_or(located.states_protected),
        })
    }

    /// The token of a run is good for its own state only; none for any other.
    fn granted_to_run(
        &self,
        address: &StateAddress,
        own: StateId,
        permission: Permission,
    ) -> Option<GrantedState> {
        let located = self.located(address).ok()?;
        let own = address.owner.is_none()
            && uses_state(permission)
            && located.state_id.is_some_and(|state| *state == own);
        own.then(|| self.granted(located, address, false).ok()).flatten()
    }
}

/// By whom the state is named in the database.
fn owner(caller: &Caller, address: &StateAddress) -> UserId {
    address.owner.as_ref().map_or(SHARED, |_| caller.user())
}

/// The token that a tool was lent is good for reading and writing its own state only.
fn refuse_other_state(
    caller: &Caller,
    address: &StateAddress,
    permission: Permission,
) -> Result<(), UseCaseError> {
    let StateAddress {
        project,
        environment,
        stack,
        owner,
    } = address;
    match caller {
        Caller::Tool { state, .. }
            if (&state.project, &state.environment, &state.stack) != (project, environment, stack)
                || state.personal != owner.is_some()
                || !uses_state(permission) =>
        {
            Err(caller.good_for_one_state())
        }
        _ => Ok(()),
    }
}

/// Whether it is what the protocol of states takes, and no more.
fn uses_state(permission: Permission) -> bool {
    matches!(permission, Permission::ReadState | Permission::WriteState)
}

fn refuse_other_owner(caller: &Caller, address: &StateAddress) -> Result<(), UseCaseError> {
    match &address.owner {
        Some(owner) if caller.name() != owner => Err(UseCaseError::forbidden(format!(
            "a personal state is its owner's alone, and {owner} is not you"
        ))
        .hint("make one of your own: `lockkeeper state personal create ENVIRONMENT STACK`")),
        _ => Ok(()),
    }
}

/// The refusal of a person who would write a protected state.
pub(super) fn refuse_protected(address: &StateAddress) -> UseCaseError {
    let StateAddress {
        environment, stack, ..
    } = address;
    let detail =
        format!("the state of {stack} in {environment} is protected: only runs of approved changes write it");
    UseCaseError::new(ErrorKind::Protected, detail).hint(format!(
        "propose a change: `lockkeeper change propose --stack {stack} --ref BRANCH --title TEXT`; to plan, and only to plan, `-lock=false` does without a lock"
    ))
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
    if !granted.protected {
        return Ok(granted);
    }
    let StateAddress {
        environment, stack, ..
    } = address;
    let administers = require(transaction, caller, address, Permission::Administer).await;
    administers.map_err(|error| match error.kind {
        ErrorKind::Forbidden => UseCaseError::forbidden(format!(
            "the state of {stack} in {environment} is protected: only an administrator brings in or puts back what it holds"
        ))
        .hint(format!(
            "ask an administrator of the project to do it, or to open it for the while: `lockkeeper state unprotect {environment} {stack} --reason TEXT`"
        )),
        _ => error,
    })
}

/// Takes a state whose lock nobody holds, for a write that the server makes by itself.
pub(super) async fn take_unlocked(
    app: &App,
    transaction: &mut Transaction,
    state: StateId,
) -> Result<(), UseCaseError> {
    if states::take(transaction, state).await?.is_none() {
        return Err(UseCaseError::not_found("the state was removed meanwhile"));
    }
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
