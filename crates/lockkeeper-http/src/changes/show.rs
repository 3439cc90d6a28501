use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::change::ChangeView;
use lockkeeper_usecases::changes;

use super::{Answer, answer};
use crate::extract::{CalledBy, ChangePath, Place};
use crate::problem::Refusal;
use crate::settings::Shared;

/// Shows a change with its plans, gates and approvals.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/changes/{change}",
    tag = "changes",
    params(ChangePath),
    responses((status = 200, description = "The change.", body = ChangeView, headers(("ETag" = String, description = "The generation of the change, for If-Match."))))
)]
pub(crate) async fn show_change(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ChangePath>,
) -> Result<Answer, Refusal> {
    let record = changes::show_change(&shared.app, &caller, &place.project, &place.change).await?;
    Ok(answer(StatusCode::OK, record))
}
