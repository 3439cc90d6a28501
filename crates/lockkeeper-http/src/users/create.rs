use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::user::{NewUser, UserView};
use lockkeeper_usecases::people;

use crate::extract::{CalledBy, Json, name};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Creates a user, who holds nothing yet. Only for administrators of the server.
#[utoipa::path(
    post,
    path = "/api/v1/users",
    tag = "people",
    request_body = NewUser,
    responses((status = 201, description = "The user.", body = UserView))
)]
pub(crate) async fn create_user(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Json(new): Json<NewUser>,
) -> Result<(StatusCode, Json<UserView>), Refusal> {
    let name = name("name", &new.name)?;
    let user = people::create_user(&shared.app, &caller, &name, new.server_admin).await?;
    Ok((StatusCode::CREATED, Json(views::user(&user))))
}
