use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_usecases::states;

use crate::extract::{CalledBy, PersonalPath, Place};
use crate::problem::Refusal;
use crate::settings::Shared;

/// Removes a personal state with every version: one's own, or anybody's for administrators. What it
/// describes is not destroyed: do that before.
#[utoipa::path(
    delete,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/personal/{user}",
    tag = "personal states",
    params(PersonalPath),
    responses((status = 204, description = "There is no such personal state any more."))
)]
pub(crate) async fn remove_personal_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<PersonalPath>,
) -> Result<StatusCode, Refusal> {
    states::remove_personal(&shared.app, &caller, &place.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
