use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::problem::Problem;
use lockkeeper_api::types::state::LockDescriptionView;
use lockkeeper_domain::state_lock::{LockDescription, MAX_DESCRIPTION_LENGTH};
use lockkeeper_usecases::Caller;
use lockkeeper_usecases::states::{self, StateAddress};
use serde::Deserialize;
use utoipa::IntoParams;

use super::StateRefusal;
use crate::extract::{CalledBy, Params, Place, StatePath, read_body};
use crate::problem::Refusal;
use crate::settings::Shared;

/// How long to wait for a lock.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LockQuery {
    /// How many seconds to wait for the lock on the open request; those who wait are served in their order.
    #[param(minimum = 0, maximum = 60)]
    wait: Option<u64>,
}

/// The longest that a request waits. Whoever wants to wait longer asks again, and keeps the place.
const LONGEST_WAIT: u64 = 60;

impl LockQuery {
    fn patience(&self) -> Result<Duration, Refusal> {
        match self.wait.unwrap_or(0) {
            seconds @ 0..=LONGEST_WAIT => Ok(Duration::from_secs(seconds)),
            seconds => Err(Refusal::invalid(format!(
                "wait is 0 to {LONGEST_WAIT} seconds, not {seconds}"
            ))),
        }
    }
}

/// Locks a state, as `TF_HTTP_LOCK_METHOD=POST` asks. The holder's own request again is no error.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state/lock",
    tag = "states",
    params(StatePath, LockQuery),
    request_body(content = LockDescriptionView, description = "The lock's description, as Terraform sends it: `ID`, `Operation`, `Who` ..."),
    responses(
        (status = 200, description = "The lock is the caller's."),
        (status = 409, description = "The state is protected; `ID` says what to do, because Terraform prints that.", body = Problem),
        (status = 423, description = "Somebody else holds the lock, or waits for it longer; the body describes it.", body = LockDescriptionView)
    )
)]
pub(crate) async fn lock_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<StatePath>,
    Params(query): Params<LockQuery>,
    body: Body,
) -> Result<StatusCode, StateRefusal> {
    lock_at(&shared, &caller, &place.into(), &query, body).await
}

/// Locks the state at the address.
pub(super) async fn lock_at(
    shared: &Shared,
    caller: &Caller,
    address: &StateAddress,
    query: &LockQuery,
    body: Body,
) -> Result<StatusCode, StateRefusal> {
    let body = read_body(body, MAX_DESCRIPTION_LENGTH).await?;
    let requested = LockDescription::parse(&body).map_err(|error| Refusal::invalid(error.to_string()))?;
    states::lock_state(&shared.app, caller, address, &requested, query.patience()?).await?;
    // The client takes nothing but 200 for success.
    Ok(StatusCode::OK)
}

/// Locks a state, as `TF_HTTP_LOCK_METHOD=PUT` asks: the same as POST.
#[utoipa::path(
    put,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state/lock",
    tag = "states",
    params(StatePath, LockQuery),
    request_body(content = LockDescriptionView, description = "The lock's description, as Terraform sends it: `ID`, `Operation`, `Who` ..."),
    responses(
        (status = 200, description = "The lock is the caller's."),
        (status = 409, description = "The state is protected; `ID` says what to do, because Terraform prints that.", body = Problem),
        (status = 423, description = "Somebody else holds the lock, or waits for it longer; the body describes it.", body = LockDescriptionView)
    )
)]
pub(crate) async fn put_state_lock(
    state: State<Shared>,
    caller: CalledBy,
    place: Place<StatePath>,
    query: Params<LockQuery>,
    body: Body,
) -> Result<StatusCode, StateRefusal> {
    lock_state(state, caller, place, query, body).await
}
