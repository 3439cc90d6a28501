use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::state::{NewPersonalState, PersonalBase, PersonalStateView};
use lockkeeper_usecases::states;

use crate::extract::{CalledBy, Json, PersonalPath, Place};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Makes the caller's personal state of a stack: empty, or a copy of the shared one under a lineage of its
/// own. One that is there stays as it is.
#[utoipa::path(
    put,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/personal/{user}",
    tag = "personal states",
    params(PersonalPath),
    request_body = NewPersonalState,
    responses(
        (status = 201, description = "The personal state, made.", body = PersonalStateView),
        (status = 200, description = "The personal state, which was there already.", body = PersonalStateView)
    )
)]
pub(crate) async fn create_personal_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<PersonalPath>,
    Json(new): Json<NewPersonalState>,
) -> Result<(StatusCode, Json<PersonalStateView>), Refusal> {
    let base = match new.from {
        PersonalBase::Empty => states::PersonalBase::Empty,
        PersonalBase::Shared => states::PersonalBase::Shared,
    };
    let (row, made) = states::create_personal(&shared.app, &caller, &place.into(), base).await?;
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(views::personal_state(row))))
}
