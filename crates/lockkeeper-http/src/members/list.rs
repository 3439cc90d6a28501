use axum::extract::State;
use lockkeeper_api::types::page::{Page, PageQuery};
use lockkeeper_api::types::project::Member;
use lockkeeper_usecases::projects;

use crate::extract::{CalledBy, Json, Params, Place, ProjectPath};
use crate::page::PageRequest;
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Lists who holds what in a project, by name; one item for each role.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/members",
    tag = "projects",
    params(ProjectPath, PageQuery),
    responses((status = 200, description = "One page of members.", body = Page<Member>))
)]
pub(crate) async fn list_members(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<Member>>, Refusal> {
    let page = PageRequest::new(query)?;
    let offset = page.offset()?;
    let rows = projects::list_members(&shared.app, &caller, &place.project, offset, page.rows()).await?;
    let answer = page.page_from_offset(rows, |row| views::member(&row))?;
    Ok(Json(answer))
}
