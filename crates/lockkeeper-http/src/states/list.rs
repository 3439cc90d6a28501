use axum::extract::State;
use lockkeeper_api::types::page::{Page, PageQuery};
use lockkeeper_api::types::state::StateView;
use lockkeeper_domain::id::StateId;
use lockkeeper_usecases::states;
use uuid::Uuid;

use crate::extract::{CalledBy, Json, Params, Place, ProjectPath};
use crate::page::PageRequest;
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Lists the states of a project with their locks, oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/states",
    tag = "states",
    params(ProjectPath, PageQuery),
    responses((status = 200, description = "One page of states.", body = Page<StateView>))
)]
pub(crate) async fn list_states(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<StateView>>, Refusal> {
    let page = PageRequest::new(query)?;
    let after = page.after(StateId::new(Uuid::nil()))?;
    let rows = states::list_states(&shared.app, &caller, &place.project, after, page.rows()).await?;
    let answer = page.page(rows, |row| row.id.to_string(), |row| Ok(views::state(row)))?;
    Ok(Json(answer))
}
