use axum::extract::State;
use lockkeeper_api::types::project::{EnvironmentEdit, EnvironmentView};
use lockkeeper_usecases::projects;

use crate::extract::{CalledBy, EnvironmentPath, Json, Place};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Says whether the states of an environment are written by runs of approved changes only.
#[utoipa::path(
    patch,
    path = "/api/v1/projects/{project}/environments/{environment}",
    tag = "projects",
    params(EnvironmentPath),
    request_body = EnvironmentEdit,
    responses((status = 200, description = "The environment.", body = EnvironmentView))
)]
pub(crate) async fn edit_environment(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<EnvironmentPath>,
    Json(edit): Json<EnvironmentEdit>,
) -> Result<Json<EnvironmentView>, Refusal> {
    let EnvironmentPath { project, environment } = place;
    let row = projects::protect_states(
        &shared.app,
        &caller,
        &project,
        &environment,
        edit.states_protected,
    )
    .await?;
    Ok(Json(views::environment(&row)?))
}
