use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::project::{NewProject, ProjectView};
use lockkeeper_usecases::projects;

use crate::extract::{CalledBy, Json, name};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Creates a project. Its repository is read when it is first needed. Only for administrators of the
/// server.
#[utoipa::path(
    post,
    path = "/api/v1/projects",
    tag = "projects",
    request_body = NewProject,
    responses((status = 201, description = "The project.", body = ProjectView))
)]
pub(crate) async fn create_project(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Json(new): Json<NewProject>,
) -> Result<(StatusCode, Json<ProjectView>), Refusal> {
    let name = name("name", &new.name)?;
    let project = projects::create_project(
        &shared.app,
        &caller,
        &name,
        &new.repository,
        new.default_branch.as_deref(),
    )
    .await?;
    Ok((StatusCode::CREATED, Json(views::project(&project))))
}
