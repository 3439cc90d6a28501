use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::change::{ApproveRequest, ChangeView};
use lockkeeper_usecases::changes;

use super::{Answer, answer};
use crate::extract::{CalledBy, ChangePath, Json, Place, optional_name};
use crate::problem::Refusal;
use crate::settings::Shared;

/// Approves the plan of a change that was seen, in its environment. Refused when another plan is current there.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/changes/{change}/approve",
    tag = "changes",
    params(ChangePath),
    request_body = ApproveRequest,
    responses((status = 200, description = "The change, approved.", body = ChangeView, headers(("ETag" = String, description = "The generation of the change."))))
)]
pub(crate) async fn approve_change(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ChangePath>,
    Json(request): Json<ApproveRequest>,
) -> Result<Answer, Refusal> {
    let function = request.role.as_deref().map(str::parse).transpose();
    let approval = changes::Approval {
        function: function.map_err(|error| Refusal::invalid(format!("role: {error}")))?,
        environment: optional_name("environment", request.environment.as_deref())?,
        plan_digest: request.plan_digest,
        comment: request.comment,
    };
    let record =
        changes::approve_change(&shared.app, &caller, &place.project, &place.change, &approval).await?;
    Ok(answer(StatusCode::OK, record))
}
