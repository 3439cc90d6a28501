//! `Idempotency-Key`: a POST with a key is carried out once. The answer to a repeated one is the first.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use lockkeeper_api::types::problem::Problem;
use lockkeeper_usecases::idempotency::{Begun, begin, finish, give_back};
use lockkeeper_usecases::{Caller, UseCaseError};
use tracing::Instrument;

use crate::extract::read_body;
use crate::problem::{PROBLEM_JSON, Refusal, UNCONFIRMED};
use crate::settings::Shared;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Set on an answer that is repeated from the record.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The largest answer kept, in bytes.
const MAX_ANSWER: usize = 8 << 20;
/// The operation whose answer holds a secret, and is never kept.
const CREATE_TOKEN: &str = "/api/v1/tokens";

/// Carries out a POST with a key once, and answers a repeated one with the first answer.
pub(crate) async fn idempotent(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let Some(key) = key_of(&request)? else {
        return Ok(next.run(request).await);
    };
    let (parts, body) = request.into_parts();
    let body = read_body(body, shared.settings.max_request_bytes).await?;
    let hash = request_hash(&parts, &body);
    match begin(&shared.app, &caller, &key, &hash).await? {
        Begun::Answered { status, body } => Ok(replay(status, body)),
        Begun::New => {
            let work = carry_out(
                shared,
                caller,
                key,
                Request::from_parts(parts, Body::from(body)),
                next,
            );
            // A task of its own: a client that goes away must not leave the key without an answer.
            let work = tokio::spawn(work.in_current_span());
            work.await.unwrap_or_else(|_| Err(Refusal::internal()))
        }
    }
}

fn key_of(request: &Request) -> Result<Option<String>, Refusal> {
    let Some(value) = request.headers().get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    if request.method() != Method::POST {
        return Ok(None);
    }
    // What is no text is refused with the other malformed keys.
    Ok(Some(value.to_str().unwrap_or_default().to_owned()))
}

fn request_hash(parts: &Parts, body: &Bytes) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("lockkeeper 2026-11 idempotent request");
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    for field in [parts.method.as_str().as_bytes(), target.as_bytes(), body] {
        hasher.update(&(field.len() as u64).to_be_bytes());
        hasher.update(field);
    }
    *hasher.finalize().as_bytes()
}

async fn carry_out(
    shared: Shared,
    caller: Caller,
    key: String,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let makes_secret = request.uri().path() == CREATE_TOKEN;
    let app = shared.app.clone();
    let answered = tokio::spawn(async move { buffered(next.run(request).await).await }.in_current_span());
    let Ok(Ok((parts, body))) = answered.await else {
        give_back(&app, &caller, &key).await?;
        return Err(Refusal::internal());
    };
    let status = parts.status;
    if is_unconfirmed(status, &body) {
        // It was done, or it was not: doing it again may do it twice.
        let (status, kept) = unconfirmed_answer();
        finish(&app, &caller, &key, status.as_u16(), &kept).await?;
    } else if may_pass(status) {
        give_back(&app, &caller, &key).await?;
    } else {
        let (status, kept) = if makes_secret && status.is_success() {
            secret_answer()
        } else {
            (status, String::from_utf8_lossy(&body).into_owned())
        };
        // The work is done; that its answer could not be kept must not make it look undone.
        if let Err(error) = finish(&app, &caller, &key, status.as_u16(), &kept).await {
            tracing::warn!(%error, "an answer could not be kept for its idempotency key");
        }
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// Whether the same request may succeed later, so that the failure must not be its answer for ever.
fn may_pass(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::FAILED_DEPENDENCY
}

fn is_unconfirmed(status: StatusCode, body: &Bytes) -> bool {
    status == StatusCode::SERVICE_UNAVAILABLE
        && serde_json::from_slice::<Problem>(body).is_ok_and(|problem| problem.kind == UNCONFIRMED)
}

/// What a repeated request hears when nobody knows whether the first one was done.
fn unconfirmed_answer() -> (StatusCode, String) {
    let refusal = Refusal::from(
        UseCaseError::conflict(
            "the server's database went away while the first request was stored: it was done, or it was not",
        )
        .hint("look whether it was done; if not, send it with a new Idempotency-Key"),
    );
    let text = serde_json::to_string(refusal.problem()).unwrap_or_default();
    (refusal.status(), text)
}

async fn buffered(response: Response) -> Result<(axum::http::response::Parts, Bytes), axum::Error> {
    let (parts, body) = response.into_parts();
    Ok((parts, axum::body::to_bytes(body, MAX_ANSWER).await?))
}

/// What is kept instead of an answer that holds a secret.
fn secret_answer() -> (StatusCode, String) {
    let refusal = Refusal::from(
        UseCaseError::conflict("this token was created already, and its secret is shown once")
            .hint("revoke it and create another, with a new Idempotency-Key"),
    );
    let text = serde_json::to_string(refusal.problem()).unwrap_or_default();
    (refusal.status(), text)
}

fn replay(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let empty = body.is_empty();
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    if !empty {
        let kind = if status.is_client_error() {
            PROBLEM_JSON
        } else {
            "application/json"
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
