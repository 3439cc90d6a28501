use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::change::{ChangeView, TickRequest};
use lockkeeper_usecases::changes;

use super::{Answer, answer};
use crate::extract::{CalledBy, ChangePath, Json, Place};
use crate::problem::Refusal;
use crate::settings::Shared;

/// Ticks a check that people answer for, with the name of the caller on it.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/changes/{change}/tick",
    tag = "changes",
    params(ChangePath),
    request_body = TickRequest,
    responses((status = 200, description = "The change, its check ticked.", body = ChangeView, headers(("ETag" = String, description = "The generation of the change."))))
)]
pub(crate) async fn tick_change(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ChangePath>,
    Json(request): Json<TickRequest>,
) -> Result<Answer, Refusal> {
    let check = request
        .check
        .parse()
        .map_err(|error| Refusal::invalid(format!("check: {error}")))?;
    let (app, project, comment) = (&shared.app, &place.project, &request.comment);
    let record = changes::tick_check(app, &caller, project, &place.change, check, comment).await?;
    Ok(answer(StatusCode::OK, record))
}
