use axum::extract::State;
use lockkeeper_api::types::page::{Page, PageQuery};
use lockkeeper_api::types::project::StackView;
use lockkeeper_usecases::projects;

use crate::extract::{CalledBy, Json, Params, Place, ProjectPath};
use crate::page::PageRequest;
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Lists the stacks that the repository's default branch declares, in its order. The repository is
/// fetched first.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/stacks",
    tag = "projects",
    params(ProjectPath, PageQuery),
    responses((status = 200, description = "One page of stacks.", body = Page<StackView>))
)]
pub(crate) async fn list_stacks(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<StackView>>, Refusal> {
    let page = PageRequest::new(query)?;
    let stacks = projects::list_stacks(&shared.app, &caller, &place.project).await?;
    let answer = page.page_of_all(stacks, |stack| Ok(views::stack(stack)))?;
    Ok(Json(answer))
}
