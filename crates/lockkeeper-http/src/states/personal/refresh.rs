use axum::extract::State;
use lockkeeper_api::types::state::PersonalStateView;
use lockkeeper_usecases::states;

use crate::extract::{CalledBy, Json, PersonalPath, Place};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Copies the newest version of the shared state into the caller's personal one once more, as its newest
/// version. What was there stays among its versions.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/personal/{user}/refresh",
    tag = "personal states",
    params(PersonalPath),
    responses((status = 200, description = "The personal state.", body = PersonalStateView))
)]
pub(crate) async fn refresh_personal_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<PersonalPath>,
) -> Result<Json<PersonalStateView>, Refusal> {
    let row = states::refresh_personal(&shared.app, &caller, &place.into()).await?;
    Ok(Json(views::personal_state(row)))
}
