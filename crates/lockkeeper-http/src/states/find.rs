use std::str::FromStr;

use axum::extract::State;
use lockkeeper_api::types::page::{Page, PageQuery};
use lockkeeper_api::types::state::FoundResourceView;
use lockkeeper_domain::id::StateId;
use lockkeeper_usecases::states;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::{CalledBy, Json, Params, Place, ProjectPath};
use crate::page::PageRequest;
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// What to look for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindQuery {
    /// A type, an address with or without its index, an identifier or a name, as a whole.
    #[param(min_length = 1, max_length = 1000)]
    text: String,
}

/// The longest text that is looked for, in bytes.
const MAX_TEXT: usize = 1000;

/// The place of what was found: the state, and which of its resources.
struct FoundPlace(Option<(StateId, usize)>);

impl FromStr for FoundPlace {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (state, position) = text.split_once('/').ok_or(())?;
        Ok(Self(Some((
            state.parse().map_err(drop)?,
            position.parse().map_err(drop)?,
        ))))
    }
}

/// Finds resources in the newest version of every shared state of a project.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/state-resources",
    tag = "states",
    params(ProjectPath, FindQuery, PageQuery),
    responses((status = 200, description = "One page of resources.", body = Page<FoundResourceView>))
)]
pub(crate) async fn find_state_resources(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
    Params(find): Params<FindQuery>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<FoundResourceView>>, Refusal> {
    if !(1..=MAX_TEXT).contains(&find.text.len()) {
        return Err(Refusal::invalid(format!(
            "text: 1 to {MAX_TEXT} bytes are looked for"
        )));
    }
    let page = PageRequest::new(query)?;
    let FoundPlace(after) = page.after(FoundPlace(None))?;
    let limit = usize::try_from(page.rows()).unwrap_or(usize::MAX);
    let found =
        states::find_resources(&shared.app, &caller, &place.project, &find.text, after, limit).await?;
    let answer = page.page(
        found,
        |found| format!("{}/{}", found.state, found.position),
        |found| Ok(views::found_resource(found)),
    )?;
    Ok(Json(answer))
}
