use axum::extract::State;
use lockkeeper_api::types::change::{ChangeQuery, ChangeView};
use lockkeeper_api::types::page::{Page, PageQuery};
use lockkeeper_usecases::changes;

use crate::extract::{CalledBy, Json, Params, Place, ProjectPath};
use crate::page::PageRequest;
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Lists the changes of a project, newest first, without their stages.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/changes",
    tag = "changes",
    params(ProjectPath, ChangeQuery),
    responses((status = 200, description = "One page of changes.", body = Page<ChangeView>))
)]
pub(crate) async fn list_changes(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
    Params(query): Params<ChangeQuery>,
) -> Result<Json<Page<ChangeView>>, Refusal> {
    let status = query.status.map(views::to_change_status);
    let page = PageRequest::new(PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    })?;
    let below = page.after(i64::MAX)?;
    let (app, project) = (&shared.app, &place.project);
    let rows = changes::list_changes(app, &caller, project, status, below, page.rows()).await?;
    let answer = page.page(
        rows,
        |listed| listed.change.change_number.to_string(),
        |listed| Ok(views::change_line(listed)),
    )?;
    Ok(Json(answer))
}
