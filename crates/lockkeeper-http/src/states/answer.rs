use axum::Json;
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{once, try_unfold};
use lockkeeper_api::types::problem::Problem;
use lockkeeper_domain::state_lock::LockDescription;
use lockkeeper_store::StoreError;
use lockkeeper_usecases::states::StateBody;
use lockkeeper_usecases::{ErrorKind, UseCaseError};
use serde::Serialize;

use crate::problem::{PROBLEM_JSON, Refusal};

/// A refusal as the client of the `http` backend reads it: of a locked state it wants the description of
/// the lock, and nothing else.
pub(crate) enum StateRefusal {
    /// Somebody else holds the lock: 423 with the holder's description.
    Locked(Box<LockDescription>),
    /// The state is protected. Terraform prints nothing of a refusal but the `ID` of a lock, so that the problem
    /// has one, which says what to do.
    Protected(Refusal),
    /// Anything else.
    Other(Refusal),
}

impl From<UseCaseError> for StateRefusal {
    fn from(error: UseCaseError) -> Self {
        match error.kind {
            ErrorKind::Locked(holder) => StateRefusal::Locked(holder),
            ErrorKind::Protected => StateRefusal::Protected(error.into()),
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
            StateRefusal::Protected(refusal) => protected(&refusal),
            StateRefusal::Other(refusal) => refusal.into_response(),
        }
    }
}

fn protected(refusal: &Refusal) -> Response {
    #[derive(Serialize)]
    struct Protected<'a> {
        #[serde(flatten)]
        problem: &'a Problem,
        #[serde(rename = "ID")]
        id: String,
    }
    let problem = refusal.problem();
    let hint = problem.hint.as_deref().unwrap_or_default();
    let id = format!("none. {}; {hint}", problem.detail);
    let body = Json(Protected { problem, id });
    (refusal.status(), [(CONTENT_TYPE, PROBLEM_JSON)], body).into_response()
}

/// A version of a state, byte for byte as it was written. Its first piece is read before the answer begins, so
/// that what cannot be read at all is told; what breaks later breaks the connection, and the client sees that
/// bytes are missing.
pub(super) async fn body_of_state(state: StateBody) -> Result<Response, UseCaseError> {
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_LENGTH, state.version.size.to_string()),
        (super::md5::CONTENT_MD5, STANDARD.encode(&state.version.md5)),
    ];
    let mut reader = state.body.open().await?;
    let first = reader.next().await?.unwrap_or_default();
    let rest = try_unfold(reader, |mut reader| async move {
        let piece = reader.next().await?;
        Ok::<_, StoreError>(piece.map(|piece| (Bytes::from(piece), reader)))
    });
    let pieces = once(async move { Ok(Bytes::from(first)) }).chain(rest);
    Ok((headers, Body::from_stream(pieces)).into_response())
}
