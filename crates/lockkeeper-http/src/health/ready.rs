use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;

use crate::problem::Refusal;
use crate::settings::Shared;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Says whether the server can serve: its database answers.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "server",
    security(()),
    responses(
        (status = 200, description = "The server can serve.", body = String, content_type = "text/plain"),
        (status = 503, description = "Its database does not answer.", body = lockkeeper_api::types::problem::Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn check_readiness(State(shared): State<Shared>) -> Result<&'static str, Refusal> {
    let probe = lockkeeper_usecases::readiness::check_readiness(&shared.app);
    match tokio::time::timeout(PATIENCE, probe).await {
        Ok(Ok(())) => Ok("ok"),
        Ok(Err(_)) | Err(_) => Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not-ready",
            "Not ready",
            "the server's database does not answer",
        )
        .hint("the server's log says more")),
    }
}
