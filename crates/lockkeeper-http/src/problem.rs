//! Refusals, as RFC 9457 `application/problem+json`.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use lockkeeper_api::types::problem::Problem;
use lockkeeper_usecases::{ErrorKind, UseCaseError};

use crate::views;

/// The media type of problems.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// How a caller may show who they are (RFC 9110, section 11.6.1).
const CHALLENGE: &str = "Bearer realm=\"lockkeeper\", Basic realm=\"lockkeeper\", charset=\"UTF-8\"";

/// The kind of a refusal of which nobody knows whether what was asked was done.
pub(crate) const UNCONFIRMED: &str = "urn:lockkeeper:problem:unconfirmed";

/// After how many seconds a client may try again when the server cannot serve.
const PAUSE: &str = "2";

/// What a handler answers when it does not do what it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Refusal(Box<Problem>);

impl Refusal {
    /// A refusal; `kind` is the last part of its stable identifier.
    pub(crate) fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Problem {
            kind: format!("urn:lockkeeper:problem:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            hint: None,
            gates: Vec::new(),
        }))
    }

    /// Adds what to do next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The request cannot be used as it is.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        UseCaseError::invalid(detail).into()
    }

    /// The body is larger than what is taken.
    pub(crate) fn too_large(limit: usize) -> Self {
        UseCaseError::new(
            ErrorKind::TooLarge,
            format!("the body is too large: at most {limit} bytes are taken here"),
        )
        .hint("send less, or raise the limit in the server's configuration")
        .into()
    }

    /// A mistake of the program; what it was is in the server's log.
    pub(crate) fn internal() -> Self {
        UseCaseError::internal("the server made a mistake")
            .hint("the server's log says more, under the request's X-Request-Id")
            .into()
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The document.
    pub(crate) fn problem(&self) -> &Problem {
        &self.0
    }
}

impl From<UseCaseError> for Refusal {
    fn from(error: UseCaseError) -> Self {
        use StatusCode as S;
        let (status, kind, title) = match &error.kind {
            ErrorKind::Unauthenticated => (S::UNAUTHORIZED, "unauthenticated", "Not signed in"),
            ErrorKind::NoToken => (S::UNAUTHORIZED, "no-token", "Not signed in"),
            ErrorKind::Forbidden => (S::FORBIDDEN, "forbidden", "Not allowed"),
            ErrorKind::NotFound => (S::NOT_FOUND, "not-found", "Not found"),
            ErrorKind::Invalid => (S::BAD_REQUEST, "invalid", "Invalid request"),
            ErrorKind::Conflict => (S::CONFLICT, "conflict", "Not possible now"),
            ErrorKind::Stale => (S::PRECONDITION_FAILED, "stale", "Altered meanwhile"),
            ErrorKind::GatesShut(_) => (S::CONFLICT, "gates-shut", "Gates are shut"),
            ErrorKind::Protected => (S::CONFLICT, "protected", "State is protected"),
            ErrorKind::Locked(_) => (S::LOCKED, "locked", "State is locked"),
            ErrorKind::TooLarge => (S::PAYLOAD_TOO_LARGE, "too-large", "Too large"),
            // Not 502: this server is well, and trying again at once does not bring the other one back.
            ErrorKind::Unavailable => (S::FAILED_DEPENDENCY, "unavailable", "Service cannot be reached"),
            ErrorKind::DatabaseAway => (
                S::SERVICE_UNAVAILABLE,
                "database-away",
                "Database does not answer",
            ),
            ErrorKind::BucketAway => (S::SERVICE_UNAVAILABLE, "bucket-away", "Bucket does not answer"),
            ErrorKind::Unconfirmed => (S::SERVICE_UNAVAILABLE, "unconfirmed", "Not confirmed"),
            ErrorKind::OutOfSpace => (S::INSUFFICIENT_STORAGE, "out-of-space", "No room left"),
            ErrorKind::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "Mistake of the server"),
        };
        if matches!(error.kind, ErrorKind::Internal) {
            tracing::error!(detail = %error.detail, "a request failed");
        }
        let mut refusal = Refusal::new(status, kind, title, error.detail);
        refusal.0.hint = error.hint;
        if let ErrorKind::GatesShut(gates) = error.kind {
            refusal.0.gates = gates.into_iter().map(views::gate).collect();
        }
        refusal
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(PAUSE));
        }
        response
    }
}
