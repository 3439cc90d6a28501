use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::project::{EnvironmentView, NewEnvironment};
use lockkeeper_usecases::projects;

use crate::extract::{CalledBy, Json, Place, ProjectPath, name, optional_name};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Creates an environment. It promotes from one that is there already.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/environments",
    tag = "projects",
    params(ProjectPath),
    request_body = NewEnvironment,
    responses((status = 201, description = "The environment.", body = EnvironmentView))
)]
pub(crate) async fn create_environment(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
    Json(new): Json<NewEnvironment>,
) -> Result<(StatusCode, Json<EnvironmentView>), Refusal> {
    let new = projects::NewEnvironment {
        name: name("name", &new.name)?,
        tier: views::to_tier(new.tier),
        promotes_from: optional_name("promotes_from", new.promotes_from.as_deref())?,
    };
    let row = projects::create_environment(&shared.app, &caller, &place.project, &new).await?;
    Ok((StatusCode::CREATED, Json(views::environment(&row)?)))
}
