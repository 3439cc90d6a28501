use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_usecases::people;

use crate::extract::{CalledBy, Place, TokenPath};
use crate::problem::Refusal;
use crate::settings::Shared;

/// Ends a token at once: one's own, or anybody's for an administrator of the server.
#[utoipa::path(
    delete,
    path = "/api/v1/tokens/{token}",
    tag = "people",
    params(TokenPath),
    responses((status = 204, description = "The token no longer works."))
)]
pub(crate) async fn revoke_token(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<TokenPath>,
) -> Result<StatusCode, Refusal> {
    people::revoke_token(&shared.app, &caller, place.token).await?;
    Ok(StatusCode::NO_CONTENT)
}
