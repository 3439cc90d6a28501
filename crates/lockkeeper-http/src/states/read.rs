use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lockkeeper_api::types::state::StateDocument;
use lockkeeper_usecases::states::{self, StateAddress};
use lockkeeper_usecases::{Caller, ErrorKind, UseCaseError};

use super::{StateRefusal, body_of_state};
use crate::extract::{CalledBy, Place, StatePath};
use crate::settings::Shared;

/// Reads a state, byte for byte as it was written. This is the address of Terraform's `http` backend; its
/// methods LOCK and UNLOCK, which OpenAPI 3.1 cannot express, work here too, with a lock's description as
/// JSON. An address that is not there is answered with 403, because the client takes 404 for an empty
/// state and would plan everything anew.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state",
    tag = "states",
    params(StatePath),
    responses(
        (status = 200, description = "The newest version.", body = StateDocument, headers(("Content-MD5" = String, description = "The MD5 of the body, in base64."))),
        (status = 204, description = "Nothing was written yet.")
    )
)]
pub(crate) async fn read_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<StatePath>,
) -> Result<Response, StateRefusal> {
    read_at(&shared, &caller, &place.into()).await
}

/// Reads the state at the address.
pub(super) async fn read_at(
    shared: &Shared,
    caller: &Caller,
    address: &StateAddress,
) -> Result<Response, StateRefusal> {
    let found = states::read_state(&shared.app, caller, address).await;
    let state = found.map_err(|error| match error.kind {
        ErrorKind::NotFound => UseCaseError {
            kind: ErrorKind::Forbidden,
            ..error
        },
        _ => error,
    })?;
    Ok(match state {
        Some(state) => body_of_state(state).await?,
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
