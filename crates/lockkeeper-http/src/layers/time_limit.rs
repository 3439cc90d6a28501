use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use crate::problem::Refusal;

/// How long a request may take until its answer begins. Fetching a repository is the longest of it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);
/// How long a request about a state may take: a large one comes over a slow line.
pub(crate) const STATE_PATIENCE: Duration = Duration::from_secs(600);

/// Gives up a request whose answer does not begin in time. Streams go on once they have begun.
pub(crate) async fn time_limit(
    State(limit): State<Duration>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    tokio::time::timeout(limit, next.run(request)).await.map_err(|_| {
        Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timed-out",
            "Took too long",
            format!("the request was given up after {} s", limit.as_secs()),
        )
        .hint("try again later; with the same Idempotency-Key nothing is done twice")
    })
}
