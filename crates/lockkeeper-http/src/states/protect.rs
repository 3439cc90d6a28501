use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::state::StateProtection;
use lockkeeper_usecases::states;

use crate::extract::{CalledBy, Json, Place, StatePath};
use crate::problem::Refusal;
use crate::settings::Shared;

/// Says of one state whether only runs of approved changes write it, whatever its environment says.
#[utoipa::path(
    put,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state/protection",
    tag = "states",
    params(StatePath),
    request_body = StateProtection,
    responses((status = 204, description = "It holds from now on."))
)]
pub(crate) async fn protect_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<StatePath>,
    Json(said): Json<StateProtection>,
) -> Result<StatusCode, Refusal> {
    states::protect_state(&shared.app, &caller, &place.into(), said.protected, &said.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
