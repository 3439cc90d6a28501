use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::change::{ChangeView, RollbackRequest};
use lockkeeper_usecases::changes;

use super::{Answer, answer};
use crate::extract::{CalledBy, ChangePath, Json, Place, optional_name};
use crate::problem::Refusal;
use crate::settings::Shared;

/// Proposes the change that undoes this one, and answers that. It is planned and gated like any other.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/changes/{change}/rollback",
    tag = "changes",
    params(ChangePath),
    request_body = RollbackRequest,
    responses((status = 201, description = "The change that undoes this one.", body = ChangeView, headers(("ETag" = String, description = "The generation of the change."))))
)]
pub(crate) async fn roll_back_change(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ChangePath>,
    Json(request): Json<RollbackRequest>,
) -> Result<Answer, Refusal> {
    let environment = optional_name("environment", request.environment.as_deref())?;
    let (app, project, why) = (&shared.app, &place.project, &request.why);
    let record =
        changes::roll_back_change(app, &caller, project, &place.change, environment.as_ref(), why).await?;
    Ok(answer(StatusCode::CREATED, record))
}
