use axum::extract::State;
use lockkeeper_api::types::page::{Page, PageQuery};
use lockkeeper_api::types::project::ProjectView;
use lockkeeper_usecases::projects;

use crate::extract::{CalledBy, Json, Params};
use crate::page::PageRequest;
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Lists the projects in which the caller holds a role, by name; all of them for an administrator of
/// the server.
#[utoipa::path(
    get,
    path = "/api/v1/projects",
    tag = "projects",
    params(PageQuery),
    responses((status = 200, description = "One page of projects.", body = Page<ProjectView>))
)]
pub(crate) async fn list_projects(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<ProjectView>>, Refusal> {
    let page = PageRequest::new(query)?;
    let after: String = page.after(String::new())?;
    let rows = projects::list_projects(&shared.app, &caller, &after, page.rows()).await?;
    let answer = page.page(rows, |row| row.name.to_string(), |row| Ok(views::project(&row)))?;
    Ok(Json(answer))
}
