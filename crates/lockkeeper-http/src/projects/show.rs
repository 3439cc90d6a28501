use axum::extract::State;
use lockkeeper_api::types::project::ProjectView;
use lockkeeper_usecases::projects;

use crate::extract::{CalledBy, Json, Place, ProjectPath};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Shows a project.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}",
    tag = "projects",
    params(ProjectPath),
    responses((status = 200, description = "The project.", body = ProjectView))
)]
pub(crate) async fn show_project(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
) -> Result<Json<ProjectView>, Refusal> {
    let project = projects::show_project(&shared.app, &caller, &place.project).await?;
    Ok(Json(views::project(&project)))
}
