use std::str::FromStr;

use axum::extract::State;
use lockkeeper_api::types::page::{Page, PageQuery};
use lockkeeper_api::types::state::PersonalStateView;
use lockkeeper_domain::id::{InvalidId, StateId, UserId};
use lockkeeper_usecases::states;

use crate::extract::{CalledBy, Json, Params, Place, ProjectPath};
use crate::page::PageRequest;
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// The place of a personal state in the list: `OWNER/STATE`.
struct ListPlace(Option<(UserId, StateId)>);

impl FromStr for ListPlace {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (owner, state) = text.split_once('/').unwrap_or((text, ""));
        Ok(Self(Some((owner.parse()?, state.parse()?))))
    }
}

/// Lists personal states, by owner: the caller's own, or everybody's for administrators of the project.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/personal-states",
    tag = "personal states",
    params(ProjectPath, PageQuery),
    responses((status = 200, description = "One page of personal states.", body = Page<PersonalStateView>))
)]
pub(crate) async fn list_personal_states(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<PersonalStateView>>, Refusal> {
    let page = PageRequest::new(query)?;
    let ListPlace(after) = page.after(ListPlace(None))?;
    let rows = states::list_personal(&shared.app, &caller, &place.project, after, page.rows()).await?;
    let answer = page.page(
        rows,
        |row| format!("{}/{}", *row.owner_id, *row.id),
        |row| Ok(views::personal_state(row)),
    )?;
    Ok(Json(answer))
}
