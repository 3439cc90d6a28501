use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::change::{ChangeView, PlanRequest};
use lockkeeper_usecases::changes;

use super::{Answer, answer};
use crate::extract::{CalledBy, ChangePath, Json, Place, optional_name};
use crate::problem::Refusal;
use crate::settings::Shared;

/// Makes the plans of a change anew, from the same commit. Approvals stay when the effects turn out to be
/// the same.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/changes/{change}/plan",
    tag = "changes",
    params(ChangePath),
    request_body = PlanRequest,
    responses((status = 200, description = "The change, being planned.", body = ChangeView, headers(("ETag" = String, description = "The generation of the change."))))
)]
pub(crate) async fn plan_change(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ChangePath>,
    Json(request): Json<PlanRequest>,
) -> Result<Answer, Refusal> {
    let environment = optional_name("environment", request.environment.as_deref())?;
    let (app, project) = (&shared.app, &place.project);
    let record = changes::request_plan(app, &caller, project, &place.change, environment.as_ref()).await?;
    Ok(answer(StatusCode::OK, record))
}
