//! LOCK and UNLOCK, which are methods of their own and have no place in a router's table.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::StateRefusal;
use super::lock::{LockQuery, lock_state};
use super::personal::protocol::{lock_personal_state, unlock_personal_state};
use super::unlock::{UnlockQuery, unlock_state};
use crate::extract::{CalledBy, Params, PersonalPath, Place, StatePath};
use crate::settings::Shared;

/// Locks or unlocks a state by the methods of Terraform's `http` backend; other methods are not allowed.
pub(crate) async fn lock_or_unlock(
    state: State<Shared>,
    caller: CalledBy,
    method: Method,
    place: Place<StatePath>,
    locking: Params<LockQuery>,
    unlocking: Params<UnlockQuery>,
    body: Body,
) -> Result<Response, StateRefusal> {
    let status = match method.as_str() {
        "LOCK" => lock_state(state, caller, place, locking, body).await?,
        "UNLOCK" => unlock_state(state, caller, place, unlocking, body).await?,
        _ => StatusCode::METHOD_NOT_ALLOWED,
    };
    Ok(status.into_response())
}

/// As [`lock_or_unlock`], for a personal state.
pub(crate) async fn lock_or_unlock_personal(
    state: State<Shared>,
    caller: CalledBy,
    method: Method,
    place: Place<PersonalPath>,
    locking: Params<LockQuery>,
    unlocking: Params<UnlockQuery>,
    body: Body,
) -> Result<Response, StateRefusal> {
    let status = match method.as_str() {
        "LOCK" => lock_personal_state(state, caller, place, locking, body).await?,
        "UNLOCK" => unlock_personal_state(state, caller, place, unlocking, body).await?,
        _ => StatusCode::METHOD_NOT_ALLOWED,
    };
    Ok(status.into_response())
}
