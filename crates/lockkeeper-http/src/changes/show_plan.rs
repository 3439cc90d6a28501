use axum::extract::State;
use lockkeeper_api::types::plan::PlanDetailView;
use lockkeeper_usecases::changes;

use crate::extract::{CalledBy, Json, Place, PlanPath};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Shows the current plan of a change in an environment with every effect, sensitive values redacted.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/changes/{change}/plans/{environment}",
    tag = "changes",
    params(PlanPath),
    responses((status = 200, description = "The plan.", body = PlanDetailView))
)]
pub(crate) async fn show_plan(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<PlanPath>,
) -> Result<Json<PlanDetailView>, Refusal> {
    let (app, project) = (&shared.app, &place.project);
    let detail = changes::show_plan(app, &caller, project, &place.change, &place.environment).await?;
    Ok(Json(views::plan_detail(detail)?))
}
