use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tracing::Instrument;

use crate::problem::Refusal;
use crate::traffic::Traffic;

/// Ties a request to its lines in the server's log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CONTENT_TYPE_OPTIONS: HeaderName = HeaderName::from_static("x-content-type-options");

/// Counts and logs each request with its identifier, which the answer carries too, and turns a panic into a problem.
/// Neither headers nor bodies are logged.
pub(crate) async fn observe(State(traffic): State<Traffic>, request: Request, next: Next) -> Response {
    let id = request_id(&request);
    let span = tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id);
    let started = tokio::time::Instant::now();
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    async move {
        let mut response = match answer.await {
            Ok(response) => response,
            // The panic itself went to the standard error stream when it happened.
            Err(_) => Refusal::internal().into_response(),
        };
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(REQUEST_ID, id);
        }
        headers.insert(CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers
            .entry(CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
        let took = started.elapsed();
        traffic.count(response.status().as_u16(), took);
        let milliseconds = took.as_millis();
        tracing::info!(status = response.status().as_u16(), milliseconds, "answered");
        response
    }
    .instrument(span)
    .await
}

/// The identifier that the client or a proxy gave, if it can stand in a log, or a new one.
fn request_id(request: &Request) -> String {
    let given = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    let well_formed = |id: &&str| {
        (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    given.filter(well_formed).map_or_else(
        || lockkeeper_usecases::clock::new_uuid().to_string(),
        str::to_owned,
    )
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn panics() -> &'static str {
        panic!("a secret in a panic")
    }

    async fn ask(id: &str) -> Response {
        let router: Router = Router::new()
            .route("/", get(panics))
            .layer(axum::middleware::from_fn_with_state(Traffic::default(), observe));
        let request = Request::builder()
            .uri("/")
            .header(REQUEST_ID, id)
            .body(Body::empty())
            .unwrap();
        router.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_that_tells_nothing() {
        let response = ask("abc-1").await;
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()[REQUEST_ID], "abc-1");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
    }

    #[tokio::test]
    async fn an_identifier_that_could_forge_a_log_line_is_replaced() {
        for id in ["", "a b", &"x".repeat(65)] {
            assert_ne!(ask(id).await.headers()[REQUEST_ID], *id);
        }
    }
}
