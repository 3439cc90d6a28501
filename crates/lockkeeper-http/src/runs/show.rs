use axum::extract::State;
use lockkeeper_api::types::run::RunView;
use lockkeeper_usecases::runs;

use crate::extract::{CalledBy, Json, Place, RunPath};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Shows a run.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/runs/{run}",
    tag = "runs",
    params(RunPath),
    responses((status = 200, description = "The run.", body = RunView))
)]
pub(crate) async fn show_run(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<RunPath>,
) -> Result<Json<RunView>, Refusal> {
    let run = runs::show_run(&shared.app, &caller, &place.project, place.run).await?;
    Ok(Json(views::run(run)))
}
