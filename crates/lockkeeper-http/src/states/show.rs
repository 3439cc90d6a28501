use axum::extract::State;
use lockkeeper_api::types::state::StateDetailView;
use lockkeeper_usecases::states;

use crate::extract::{CalledBy, Json, Place, StatePath};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Shows a state: its newest version, its lock, who waits for that, and whether it is protected.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state/detail",
    tag = "states",
    params(StatePath),
    responses((status = 200, description = "The state.", body = StateDetailView))
)]
pub(crate) async fn show_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<StatePath>,
) -> Result<Json<StateDetailView>, Refusal> {
    let detail = states::show_state(&shared.app, &caller, &place.into()).await?;
    Ok(Json(views::state_detail(detail)))
}
