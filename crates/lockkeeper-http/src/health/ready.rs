use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lockkeeper_api::types::readiness::{ReadinessView, ScheduleView};
use lockkeeper_usecases::backups::{BackupStatus, ScheduleStatus, show_status};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::Params;
use crate::problem::Refusal;
use crate::settings::Shared;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How much to tell.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Details {
    /// Given with any value, or none: answer JSON with the details.
    verbose: Option<String>,
}

/// Says whether the server can serve: its database answers. With `?verbose` it tells how backups do, too.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "server",
    security(()),
    params(Details),
    responses(
        (status = 200, description = "The server can serve.", content(
            (String = "text/plain"),
            (ReadinessView = "application/json")
        )),
        (status = 503, description = "Its database does not answer.", body = lockkeeper_api::types::problem::Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn check_readiness(
    State(shared): State<Shared>,
    Params(details): Params<Details>,
) -> Result<Response, Refusal> {
    let probe = lockkeeper_usecases::readiness::check_readiness(&shared.app);
    if !matches!(tokio::time::timeout(PATIENCE, probe).await, Ok(Ok(()))) {
        return Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not-ready",
            "Not ready",
            "the server's database does not answer",
        )
        .hint("the server's log says more"));
    }
    if details.verbose.is_none() {
        return Ok("ok".into_response());
    }
    let status = show_status(&shared.app.database).await?;
    Ok(Json(readiness(status)).into_response())
}

fn readiness(status: BackupStatus) -> ReadinessView {
    ReadinessView {
        status: "ok".to_owned(),
        backup: schedule(status.backup),
        restore_drill: schedule(status.drill),
    }
}

/// Why something failed is for administrators, in the server's log: this is read without a token.
fn schedule(status: ScheduleStatus) -> ScheduleView {
    let word = match (status.succeeded_at, status.has_failed()) {
        (_, true) => "failed",
        (Some(_), false) => "ok",
        (None, false) => "never",
    };
    ScheduleView {
        status: word.to_owned(),
        succeeded_at: status.succeeded_at.map(|at| at.to_string()),
        failed_at: status.failed_at.map(|at| at.to_string()),
        backup: status.backup,
        next_at: status.next_at.map(|at| at.to_string()),
    }
}
