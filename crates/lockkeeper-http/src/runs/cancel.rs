use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::run::RunView;
use lockkeeper_usecases::runs;

use crate::extract::{CalledBy, Json, Place, RunPath};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Stops a run: one that waits at once, one at work politely first. What was applied until then stays.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/runs/{run}/cancel",
    tag = "runs",
    params(RunPath),
    responses((status = 202, description = "The run, cancelled or about to stop.", body = RunView))
)]
pub(crate) async fn cancel_run(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<RunPath>,
) -> Result<(StatusCode, Json<RunView>), Refusal> {
    let run = runs::cancel_run(&shared.app, &caller, &place.project, place.run).await?;
    Ok((StatusCode::ACCEPTED, Json(views::run(run))))
}
