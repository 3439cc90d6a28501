use axum::extract::State;
use lockkeeper_api::types::user::UserView;
use lockkeeper_usecases::people;

use crate::extract::{CalledBy, Json, Place, UserPath};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Takes every right from a user at once; what they did stays on record. Only for administrators of
/// the server.
#[utoipa::path(
    post,
    path = "/api/v1/users/{user}/disable",
    tag = "people",
    params(UserPath),
    responses((status = 200, description = "The user, disabled.", body = UserView))
)]
pub(crate) async fn disable_user(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<UserPath>,
) -> Result<Json<UserView>, Refusal> {
    let user = people::disable_user(&shared.app, &caller, &place.user).await?;
    Ok(Json(views::user(&user)))
}
