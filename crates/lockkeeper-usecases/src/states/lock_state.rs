use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lockkeeper_domain::id::StateId;
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::state_lock::{
    Holder, LockDecision, LockDescription, Waiter, brings_in, decide_lock, duration_in_words, only_looks,
};
use lockkeeper_store::Transaction;
use lockkeeper_store::stored::json_text;
use lockkeeper_store::tables::state_locks;
use serde_json::json;

use super::access::{StateAddress, refuse_ended_run, refuse_protected, require_taken};
use crate::app::Chain;
use crate::{App, Caller, ErrorKind, UseCaseError};

/// How a LOCK ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockOutcome {
    /// The lock was free and is the caller's now.
    Taken,
    /// The caller had it already: the request was repeated.
    AlreadyHeld,
}

/// How often a waiting request looks again: whoever gave the lock back may have talked to another server.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Locks a state, and waits for its lock that long at most. Those who wait get it in the order in which they
/// came.
///
/// # Errors
/// Locked, with the holder's description, when somebody else has it; protected when the caller would write what
/// only runs may write; forbidden without the role.
pub async fn lock_state(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    requested: &LockDescription,
    patience: Duration,
) -> Result<LockOutcome, UseCaseError> {
    let until = tokio::time::Instant::now() + patience;
    loop {
        let freed = app.signals.locks();
        tokio::pin!(freed);
        // Registered before looking, so that a lock given back in between is not slept over.
        freed.as_mut().enable();
        let stays = tokio::time::Instant::now() < until;
        match try_lock(app, caller, address, requested, stays).await {
            Err(error) if stays && matches!(error.kind, ErrorKind::Locked(_)) => {}
            answer => return answer,
        }
        tokio::select! {
            () = &mut freed => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            () = tokio::time::sleep_until(until) => {}
        }
    }
}

async fn try_lock(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
    requested: &LockDescription,
    stays: bool,
) -> Result<LockOutcome, UseCaseError> {
    let mut transaction = app.database.write().await?;
    let (granted, state) = require_taken(&mut transaction, caller, address, Permission::WriteState).await?;
    if granted.protected && caller.holder().run.is_none() && !only_looks(&requested.operation) {
        let refusal = refuse_protected(address);
        return Err(match brings_in(&requested.operation) {
            true => refusal.hint(how_to_bring_in(address)),
            false => refusal,
        });
    }
    refuse_ended_run(&mut transaction, caller).await?;
    let (holder, now) = (caller.holder(), app.now());
    let row = state_locks::of_state(&mut transaction, state).await?;
    let current = row.as_ref().map(|row| row.held());
    let first = state_locks::waiting(&mut transaction, state, now, 1).await?;
    let first = first.first().map(|row| row.waiter());
    match decide_lock(current.as_ref(), first.as_ref(), requested, holder) {
        LockDecision::Take => {}
        LockDecision::AlreadyHeld => return Ok(LockOutcome::AlreadyHeld),
        LockDecision::Conflict(description) => {
            let place = Place {
                state,
                requested,
                holder,
                stays,
            };
            keep_place(&mut transaction, place, now).await?;
            transaction.commit().await?;
            let held_for = row.map(|row| now.duration_since(*row.taken_at));
            return Err(locked(Some(*description), held_for));
        }
    }
    state_locks::leave_queue(&mut transaction, state, &requested.id, now).await?;
    let description = json_text(requested)?;
    state_locks::insert(
        &mut transaction,
        state,
        &requested.id,
        &description,
        holder.user,
        holder.run,
        now,
    )
    .await?;
    let details = json!({"lock": requested.id, "who": requested.who, "operation": requested.operation, "run": holder.run});
    let (chain, actor) = (Chain::State(granted.project, state), caller.name().as_str());
    app.record(
        &mut transaction,
        chain,
        actor,
        "state.lock",
        &address.subject(),
        details,
    )
    .await?;
    transaction.commit().await?;
    Ok(LockOutcome::Taken)
}

/// What an administrator says instead of `terraform init -migrate-state`, which a protected state refuses.
fn how_to_bring_in(address: &StateAddress) -> String {
    let StateAddress {
        environment, stack, ..
    } = address;
    format!(
        "an administrator brings a state in: `lockkeeper state import {environment} {stack} FILE`, or `--from-backend FOLDER`"
    )
}

/// Who asks for the lock of which state.
#[derive(Clone, Copy)]
struct Place<'a> {
    state: StateId,
    requested: &'a LockDescription,
    holder: Holder,
    stays: bool,
}

/// Keeps the place of who asked in the queue. A place is not on record in the audit log: it alters nothing, and is
/// lost by itself.
async fn keep_place(
    transaction: &mut Transaction,
    place: Place<'_>,
    now: Timestamp,
) -> Result<(), UseCaseError> {
    let Place {
        state,
        requested,
        holder,
        stays,
    } = place;
    let before = state_locks::waiter(transaction, state, &requested.id).await?;
    let before = before.map(|row| row.waiter());
    let waiter = Waiter::asks(before.as_ref(), requested, holder, stays, now);
    let description = json_text(requested)?;
    state_locks::wait(
        transaction,
        state,
        &requested.id,
        &description,
        holder.user,
        holder.run,
        waiter.first_at,
        waiter.seen_at,
        waiter.expires_at,
        waiter.waits,
    )
    .await?;
    Ok(())
}

/// The refusal of whoever does not hold the lock, with how long it is held where that is known.
pub(super) fn locked(holder: Option<LockDescription>, held_for: Option<SignedDuration>) -> UseCaseError {
    match holder {
        Some(holder) => {
            let age = held_for.map_or(String::new(), |held_for| {
                format!(", held for {}", duration_in_words(held_for))
            });
            let detail = format!(
                "the state is locked by {} for {} (lock {}){age}",
                holder.who, holder.operation, holder.id
            );
            UseCaseError::new(ErrorKind::Locked(Box::new(holder)), detail)
        }
        None => UseCaseError::conflict("the state is not locked"),
    }
}
