use axum::extract::State;
use lockkeeper_api::types::page::{Page, PageQuery};
use lockkeeper_api::types::state::StateVersionView;
use lockkeeper_domain::id::StateVersionId;
use lockkeeper_usecases::states;
use uuid::Uuid;

use crate::extract::{CalledBy, Json, Params, Place, StatePath};
use crate::page::PageRequest;
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Lists the versions of a state that are kept, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state/versions",
    tag = "states",
    params(StatePath, PageQuery),
    responses((status = 200, description = "One page of versions.", body = Page<StateVersionView>))
)]
pub(crate) async fn list_state_versions(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<StatePath>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<StateVersionView>>, Refusal> {
    let page = PageRequest::new(query)?;
    let before = page.after(StateVersionId::new(Uuid::max()))?;
    let rows = states::list_versions(&shared.app, &caller, &place.into(), before, page.rows()).await?;
    let answer = page.page(
        rows,
        |row| row.id.to_string(),
        |row| Ok(views::state_version(row)),
    )?;
    Ok(Json(answer))
}
