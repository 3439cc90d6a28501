use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
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

/// Unlocks a state, as `TF_HTTP_UNLOCK_METHOD=DELETE` asks. The body is the lock's description; an empty
/// one breaks whatever lock there is, which takes the operator's role and is recorded as such.
#[utoipa::path(
    delete,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state/lock",
    tag = "states",
    params(StatePath, UnlockQuery),
    responses(
        (status = 200, description = "Nobody holds the lock."),
        (status = 423, description = "It is another lock; the body describes it.", body = LockDescriptionView)
    )
)]
pub(crate) async fn unlock_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<StatePath>,
    Params(query): Params<UnlockQuery>,
    body: Body,
) -> Result<StatusCode, StateRefusal> {
    unlock_at(&shared, &caller, &place.into(), &query, body).await
}

/// Why a lock is broken.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UnlockQuery {
    /// Why; stands in the audit log. Terraform says none.
    reason: Option<String>,
}

/// Unlocks the state at the address.
pub(super) async fn unlock_at(
    shared: &Shared,
    caller: &Caller,
    address: &StateAddress,
    query: &UnlockQuery,
    body: Body,
) -> Result<StatusCode, StateRefusal> {
    let body = read_body(body, MAX_DESCRIPTION_LENGTH).await?;
    // `terraform force-unlock` sends no body at all.
    let description = match body.is_empty() {
        true => None,
        false => Some(LockDescription::parse(&body).map_err(|error| Refusal::invalid(error.to_string()))?),
    };
    let id = description.as_ref().map(|description| description.id.as_str());
    states::unlock_state(&shared.app, caller, address, id, query.reason.as_deref()).await?;
    // The client takes nothing but 200 for success.
    Ok(StatusCode::OK)
}
