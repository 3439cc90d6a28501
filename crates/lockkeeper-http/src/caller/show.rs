use axum::extract::State;
use lockkeeper_api::types::user::CallerView;
use lockkeeper_usecases::people;

use crate::extract::{CalledBy, Json};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Tells callers who they are, and what they hold.
#[utoipa::path(
    get,
    path = "/api/v1/caller",
    tag = "people",
    responses((status = 200, description = "The caller.", body = CallerView))
)]
pub(crate) async fn show_caller(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
) -> Result<Json<CallerView>, Refusal> {
    let record = people::show_caller(&shared.app, &caller).await?;
    Ok(Json(views::caller(&record)?))
}
