use axum::extract::State;
use axum::response::Response;
use lockkeeper_api::types::state::StateDocument;
use lockkeeper_usecases::states::{self, StateAddress};

use super::body_of_state;
use crate::extract::{CalledBy, Place, VersionPath};
use crate::problem::Refusal;
use crate::settings::Shared;

/// Reads a version of a state, byte for byte as it was written.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state/versions/{version}",
    tag = "states",
    params(VersionPath),
    responses((status = 200, description = "The version.", body = StateDocument))
)]
pub(crate) async fn read_state_version(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<VersionPath>,
) -> Result<Response, Refusal> {
    let address = StateAddress {
        project: place.project,
        environment: place.environment,
        stack: place.stack,
        owner: None,
    };
    let state = states::read_version(&shared.app, &caller, &address, place.version).await?;
    Ok(body_of_state(state).await?)
}
