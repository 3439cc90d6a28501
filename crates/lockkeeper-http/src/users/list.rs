use axum::extract::State;
use lockkeeper_api::types::page::{Page, PageQuery};
use lockkeeper_api::types::user::UserView;
use lockkeeper_usecases::people;

use crate::extract::{CalledBy, Json, Params};
use crate::page::PageRequest;
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Lists users by name. Only for administrators of the server.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    tag = "people",
    params(PageQuery),
    responses((status = 200, description = "One page of users.", body = Page<UserView>))
)]
pub(crate) async fn list_users(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<UserView>>, Refusal> {
    let page = PageRequest::new(query)?;
    let after: String = page.after(String::new())?;
    let rows = people::list_users(&shared.app, &caller, &after, page.rows()).await?;
    let answer = page.page(rows, |row| row.name.to_string(), |row| Ok(views::user(&row)))?;
    Ok(Json(answer))
}
