use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::change::{ChangeView, EndRequest};
use lockkeeper_usecases::changes;

use super::{Answer, answer};
use crate::extract::{CalledBy, ChangePath, Json, Place};
use crate::problem::Refusal;
use crate::settings::Shared;

/// Closes a change that is applied and verified everywhere.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/changes/{change}/close",
    tag = "changes",
    params(ChangePath),
    request_body = EndRequest,
    responses((status = 200, description = "The change, closed.", body = ChangeView, headers(("ETag" = String, description = "The generation of the change."))))
)]
pub(crate) async fn close_change(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ChangePath>,
    Json(request): Json<EndRequest>,
) -> Result<Answer, Refusal> {
    let (app, project, comment) = (&shared.app, &place.project, &request.comment);
    let ending = changes::Ending::Close;
    let record = changes::end_change(app, &caller, project, &place.change, ending, comment).await?;
    Ok(answer(StatusCode::OK, record))
}
