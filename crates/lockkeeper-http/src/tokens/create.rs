use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::user::{CreatedToken, NewToken, TokenState};
use lockkeeper_domain::token::OneState;
use lockkeeper_usecases::people;

use crate::extract::{CalledBy, Json, name, optional_name};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Creates a token, and answers its secret this once: only a hash is kept. For somebody else only for
/// administrators of the server; one's own ends no later than the token that the request shows. A repeated Idempotency-Key is a conflict here, because the secret is
/// not kept to be shown again.
#[utoipa::path(
    post,
    path = "/api/v1/tokens",
    tag = "people",
    request_body = NewToken,
    responses((status = 201, description = "The token and its secret.", body = CreatedToken))
)]
pub(crate) async fn create_token(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Json(new): Json<NewToken>,
) -> Result<(StatusCode, Json<CreatedToken>), Refusal> {
    let new = people::NewToken {
        user: optional_name("user", new.user.as_deref())?,
        label: new.label,
        expires_in_days: new.expires_in_days,
        state: new.state.map(one_state).transpose()?,
    };
    let (secret, row) = people::create_token(&shared.app, &caller, &new).await?;
    let created = CreatedToken {
        secret: secret.expose().to_owned(),
        token: views::token(&row),
    };
    Ok((StatusCode::CREATED, Json(created)))
}

fn one_state(of: TokenState) -> Result<OneState, Refusal> {
    Ok(OneState {
        project: name("state.project", &of.project)?,
        environment: name("state.environment", &of.environment)?,
        stack: name("state.stack", &of.stack)?,
        personal: of.personal,
    })
}
