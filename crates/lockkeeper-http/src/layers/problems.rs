use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Refusal;

/// Turns refusals of the router and of libraries, which come as plain text or empty, into problems.
pub(crate) async fn as_problems(request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = next.run(request).await;
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    if !refused || is_json(&response) {
        return response;
    }
    let (mut parts, body) = refusal(status, &method, &uri).into_response().into_parts();
    let (outer, _) = response.into_parts();
    for (name, value) in &outer.headers {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            parts.headers.insert(name, value.clone());
        }
    }
    Response::from_parts(parts, body)
}

fn is_json(response: &Response) -> bool {
    response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().ends_with(b"json"))
}

fn refusal(status: StatusCode, method: &Method, uri: &Uri) -> Refusal {
    let path: String = uri.path().chars().take(200).collect();
    match status {
        StatusCode::NOT_FOUND => Refusal::new(
            status,
            "not-found",
            "Not found",
            format!("there is nothing at {path}"),
        )
        .hint("GET /api/v1/openapi.json lists every operation"),
        StatusCode::METHOD_NOT_ALLOWED => Refusal::new(
            status,
            "method-not-allowed",
            "Method not allowed",
            format!("{method} is not possible at {path}"),
        )
        .hint("the header Allow names what is"),
        status if status.is_client_error() => Refusal::new(
            status,
            "invalid",
            "Invalid request",
            format!("the request was refused: {status}"),
        ),
        _ => Refusal::internal(),
    }
}
