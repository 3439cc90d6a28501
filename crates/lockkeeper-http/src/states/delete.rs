use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::state::LockDescriptionView;
use lockkeeper_usecases::states;

use super::StateRefusal;
use crate::extract::{CalledBy, Place, StatePath};
use crate::settings::Shared;

/// Deletes a state: reading it finds nothing afterwards. Its versions are kept. Only for administrators
/// of the project, and only while nobody holds its lock.
#[utoipa::path(
    delete,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state",
    tag = "states",
    params(StatePath),
    responses(
        (status = 200, description = "The state is empty."),
        (status = 423, description = "Somebody holds the lock; the body describes it.", body = LockDescriptionView)
    )
)]
pub(crate) async fn delete_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<StatePath>,
) -> Result<StatusCode, StateRefusal> {
    states::delete_state(&shared.app, &caller, &place.into()).await?;
    Ok(StatusCode::OK)
}
