//! The `http` backend's protocol on a personal state. Each operation is that of the shared state, at another
//! address; what differs is who may: the owner alone.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use lockkeeper_api::types::state::{LockDescriptionView, StateDocument};
use lockkeeper_usecases::states;

use super::super::lock::{LockQuery, lock_at};
use super::super::read::read_at;
use super::super::unlock::{UnlockQuery, unlock_at};
use super::super::write::{WriteQuery, write_at};
use crate::extract::{CalledBy, Params, PersonalPath, Place};
use crate::settings::Shared;
use crate::states::StateRefusal;

/// Reads the caller's personal state. LOCK and UNLOCK work at this address too. One that was not made yet is
/// answered with 403, because Terraform takes 404 for an empty state.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/personal/{user}/state",
    tag = "personal states",
    params(PersonalPath),
    responses(
        (status = 200, description = "The newest version.", body = StateDocument, headers(("Content-MD5" = String, description = "The MD5 of the body, in base64."))),
        (status = 204, description = "Nothing was written yet.")
    )
)]
pub(crate) async fn read_personal_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<PersonalPath>,
) -> Result<Response, StateRefusal> {
    read_at(&shared, &caller, &place.into()).await
}

/// Keeps a new version of the caller's personal state, under the lock that they hold.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/personal/{user}/state",
    tag = "personal states",
    params(
        PersonalPath,
        WriteQuery,
        ("Content-MD5" = Option<String>, Header, description = "The MD5 of the body, in base64; compared when it is there.")
    ),
    request_body(content = StateDocument, description = "The state, of Terraform or encrypted by OpenTofu."),
    responses(
        (status = 200, description = "The version is kept."),
        (status = 423, description = "Another client holds the lock; the body describes it.", body = LockDescriptionView)
    )
)]
pub(crate) async fn write_personal_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<PersonalPath>,
    Params(query): Params<WriteQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, StateRefusal> {
    write_at(&shared, &caller, &place.into(), query, &headers, body).await
}

/// Empties the caller's personal state, while nobody holds its lock. Its versions are kept.
#[utoipa::path(
    delete,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/personal/{user}/state",
    tag = "personal states",
    params(PersonalPath),
    responses(
        (status = 200, description = "The state is empty."),
        (status = 423, description = "Somebody holds the lock; the body describes it.", body = LockDescriptionView)
    )
)]
pub(crate) async fn delete_personal_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<PersonalPath>,
) -> Result<StatusCode, StateRefusal> {
    states::delete_state(&shared.app, &caller, &place.into()).await?;
    Ok(StatusCode::OK)
}

/// Locks the caller's personal state, as `TF_HTTP_LOCK_METHOD=POST` asks.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/personal/{user}/state/lock",
    tag = "personal states",
    params(PersonalPath, LockQuery),
    request_body(content = LockDescriptionView, description = "The lock's description, as Terraform sends it."),
    responses(
        (status = 200, description = "The lock is the caller's."),
        (status = 423, description = "Another client holds the lock; the body describes it.", body = LockDescriptionView)
    )
)]
pub(crate) async fn lock_personal_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<PersonalPath>,
    Params(query): Params<LockQuery>,
    body: Body,
) -> Result<StatusCode, StateRefusal> {
    lock_at(&shared, &caller, &place.into(), &query, body).await
}

/// Locks the caller's personal state, as `TF_HTTP_LOCK_METHOD=PUT` asks: the same as POST.
#[utoipa::path(
    put,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/personal/{user}/state/lock",
    tag = "personal states",
    params(PersonalPath, LockQuery),
    request_body(content = LockDescriptionView, description = "The lock's description, as Terraform sends it."),
    responses(
        (status = 200, description = "The lock is the caller's."),
        (status = 423, description = "Another client holds the lock; the body describes it.", body = LockDescriptionView)
    )
)]
pub(crate) async fn put_personal_state_lock(
    state: State<Shared>,
    caller: CalledBy,
    place: Place<PersonalPath>,
    query: Params<LockQuery>,
    body: Body,
) -> Result<StatusCode, StateRefusal> {
    lock_personal_state(state, caller, place, query, body).await
}

/// Unlocks the caller's personal state, as `TF_HTTP_UNLOCK_METHOD=DELETE` asks; an empty body breaks
/// whatever lock there is.
#[utoipa::path(
    delete,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/personal/{user}/state/lock",
    tag = "personal states",
    params(PersonalPath, UnlockQuery),
    responses(
        (status = 200, description = "Nobody holds the lock."),
        (status = 423, description = "It is another lock; the body describes it.", body = LockDescriptionView)
    )
)]
pub(crate) async fn unlock_personal_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<PersonalPath>,
    Params(query): Params<UnlockQuery>,
    body: Body,
) -> Result<StatusCode, StateRefusal> {
    unlock_at(&shared, &caller, &place.into(), &query, body).await
}
