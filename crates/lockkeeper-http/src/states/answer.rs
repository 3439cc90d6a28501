use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lockkeeper_domain::state_lock::LockDescription;
use lockkeeper_usecases::states::StateBody;
use lockkeeper_usecases::{ErrorKind, UseCaseError};

use crate::problem::Refusal;

/// A refusal as the client of the `http` backend reads it: of a locked state it wants the description of
/// the lock, and nothing else.
pub(crate) enum StateRefusal {
    /// Somebody else holds the lock: 423 with the holder's description.
    Locked(Box<LockDescription>),
    /// Anything else.
    Other(Refusal),
}

impl From<UseCaseError> for StateRefusal {
    fn from(error: UseCaseError) -> Self {
        match error.kind {
            ErrorKind::Locked(holder) => StateRefusal::Locked(holder),
            _ => StateRefusal::Other(error.into()),
        }
    }
}

impl From<Refusal> for StateRefusal {
    fn from(refusal: Refusal) -> Self {
        StateRefusal::Other(refusal)
    }
}

impl IntoResponse for StateRefusal {
    fn into_response(self) -> Response {
        match self {
            StateRefusal::Locked(holder) => (StatusCode::LOCKED, Json(holder)).into_response(),
            StateRefusal::Other(refusal) => refusal.into_response(),
        }
    }
}

/// A version of a state, byte for byte as it was written.
pub(super) fn body_of_state(state: StateBody) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_LENGTH, state.body.len().to_string()),
        (super::md5::CONTENT_MD5, STANDARD.encode(&state.version.md5)),
    ];
    (headers, state.body).into_response()
}
