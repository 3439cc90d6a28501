use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use lockkeeper_api::types::state::{LockDescriptionView, StateDocument};
use lockkeeper_usecases::Caller;
use lockkeeper_usecases::states::{self, StateAddress, StateWrite};
use serde::Deserialize;
use utoipa::IntoParams;

use super::StateRefusal;
use super::md5::content_md5;
use crate::extract::{CalledBy, Params, Place, StatePath, announced, drain, pieces};
use crate::settings::Shared;

/// Under which lock a state is written.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WriteQuery {
    /// The identifier of the lock.
    #[serde(rename = "ID")]
    id: Option<String>,
}

/// Keeps a new version of a state, under the lock that the caller holds. The same body under the same
/// serial again is no error, because the client repeats a POST whose answer was lost.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state",
    tag = "states",
    params(
        StatePath,
        WriteQuery,
        ("Content-MD5" = Option<String>, Header, description = "The MD5 of the body, in base64; compared when it is there.")
    ),
    request_body(content = StateDocument, description = "The state, of Terraform or encrypted by OpenTofu: `serial` and `lineage` are read, the rest is kept as it is."),
    responses(
        (status = 200, description = "The version is kept."),
        (status = 423, description = "Somebody else holds the lock; the body describes it.", body = LockDescriptionView)
    )
)]
pub(crate) async fn write_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<StatePath>,
    Params(query): Params<WriteQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, StateRefusal> {
    write_at(&shared, &caller, &place.into(), query, &headers, body).await
}

/// Writes the state at the address.
pub(super) async fn write_at(
    shared: &Shared,
    caller: &Caller,
    address: &StateAddress,
    query: WriteQuery,
    headers: &HeaderMap,
    mut body: Body,
) -> Result<StatusCode, StateRefusal> {
    let write = StateWrite {
        md5: content_md5(headers)?,
        lock_id: query.id,
        announced: announced(&body),
    };
    let written = {
        let mut pieces = pieces(&mut body);
        states::write_state(&shared.app, caller, address, write, &mut pieces).await
    };
    if written.is_err() {
        drain(body).await;
    }
    written?;
    Ok(StatusCode::OK)
}
