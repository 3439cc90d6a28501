use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::project::Member;
use lockkeeper_usecases::projects;

use crate::extract::{CalledBy, Json, Place, ProjectPath, name};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Gives a user a role in a project. One that is held already stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/members",
    tag = "projects",
    params(ProjectPath),
    request_body = Member,
    responses((status = 204, description = "The user holds the role."))
)]
pub(crate) async fn grant_role(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
    Json(member): Json<Member>,
) -> Result<StatusCode, Refusal> {
    let user = name("user", &member.user)?;
    let membership = views::to_membership(&member)?;
    projects::grant_role(&shared.app, &caller, &place.project, &user, &membership).await?;
    Ok(StatusCode::NO_CONTENT)
}
