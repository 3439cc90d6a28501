use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::state::LockDescriptionView;
use lockkeeper_domain::state_lock::{LockDescription, MAX_DESCRIPTION_LENGTH};
use lockkeeper_usecases::Caller;
use lockkeeper_usecases::states::{self, StateAddress};

use super::StateRefusal;
use crate::extract::{CalledBy, Place, StatePath, read_body};
use crate::problem::Refusal;
use crate::settings::Shared;

/// Locks a state, as `TF_HTTP_LOCK_METHOD=POST` asks. The holder's own request again is no error.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state/lock",
    tag = "states",
    params(StatePath),
    request_body(content = LockDescriptionView, description = "The lock's description, as Terraform sends it: `ID`, `Operation`, `Who` ..."),
    responses(
        (status = 200, description = "The lock is the caller's."),
        (status = 423, description = "Somebody else holds the lock; the body describes it.", body = LockDescriptionView)
    )
)]
pub(crate) async fn lock_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<StatePath>,
    body: Body,
) -> Result<StatusCode, StateRefusal> {
    lock_at(&shared, &caller, &place.into(), body).await
}

/// Locks the state at the address.
pub(super) async fn lock_at(
    shared: &Shared,
    caller: &Caller,
    address: &StateAddress,
    body: Body,
) -> Result<StatusCode, StateRefusal> {
    let body = read_body(body, MAX_DESCRIPTION_LENGTH).await?;
    let requested = LockDescription::parse(&body).map_err(|error| Refusal::invalid(error.to_string()))?;
    states::lock_state(&shared.app, caller, address, &requested).await?;
    // The client takes nothing but 200 for success.
    Ok(StatusCode::OK)
}

/// Locks a state, as `TF_HTTP_LOCK_METHOD=PUT` asks: the same as POST.
#[utoipa::path(
    put,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state/lock",
    tag = "states",
    params(StatePath),
    request_body(content = LockDescriptionView, description = "The lock's description, as Terraform sends it: `ID`, `Operation`, `Who` ..."),
    responses(
        (status = 200, description = "The lock is the caller's."),
        (status = 423, description = "Somebody else holds the lock; the body describes it.", body = LockDescriptionView)
    )
)]
pub(crate) async fn put_state_lock(
    state: State<Shared>,
    caller: CalledBy,
    place: Place<StatePath>,
    body: Body,
) -> Result<StatusCode, StateRefusal> {
    lock_state(state, caller, place, body).await
}
