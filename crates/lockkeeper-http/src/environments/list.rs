use axum::extract::State;
use lockkeeper_api::types::page::{Page, PageQuery};
use lockkeeper_api::types::project::EnvironmentView;
use lockkeeper_usecases::projects;

use crate::extract::{CalledBy, Json, Params, Place, ProjectPath};
use crate::page::PageRequest;
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Lists the environments of a project, oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/environments",
    tag = "projects",
    params(ProjectPath, PageQuery),
    responses((status = 200, description = "One page of environments.", body = Page<EnvironmentView>))
)]
pub(crate) async fn list_environments(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<EnvironmentView>>, Refusal> {
    let page = PageRequest::new(query)?;
    let rows = projects::list_environments(&shared.app, &caller, &place.project).await?;
    let answer = page.page_of_all(rows, |row| views::environment(&row))?;
    Ok(Json(answer))
}
