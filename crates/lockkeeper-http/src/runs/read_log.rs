use axum::extract::State;
use lockkeeper_api::types::run::LogView;
use lockkeeper_usecases::runs;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::{CalledBy, Json, Params, Place, RunPath};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// From where to read a log.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogQuery {
    /// The `position` of the piece before; 0 or absent for the beginning.
    #[param(minimum = 0)]
    pub(super) after: Option<i64>,
}

impl LogQuery {
    /// The position behind which to read.
    ///
    /// # Errors
    /// When it is negative.
    pub(super) fn position(&self) -> Result<i64, Refusal> {
        match self.after.unwrap_or(0) {
            after @ 0.. => Ok(after),
            after => Err(Refusal::invalid(format!(
                "after is a position from 0, not {after}"
            ))),
        }
    }
}

/// Reads the log of a run behind a position: a large one in several pieces.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/runs/{run}/log",
    tag = "runs",
    params(RunPath, LogQuery),
    responses((status = 200, description = "A piece of the log, secrets masked.", body = LogView))
)]
pub(crate) async fn read_log(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<RunPath>,
    Params(query): Params<LogQuery>,
) -> Result<Json<LogView>, Refusal> {
    let after = query.position()?;
    let slice = runs::read_log(&shared.app, &caller, &place.project, place.run, after).await?;
    Ok(Json(views::log(slice)))
}
