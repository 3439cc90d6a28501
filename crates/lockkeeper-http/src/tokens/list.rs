use axum::extract::State;
use lockkeeper_api::types::page::{Page, PageQuery};
use lockkeeper_api::types::user::TokenView;
use lockkeeper_domain::id::TokenId;
use lockkeeper_usecases::people;
use uuid::Uuid;

use crate::extract::{CalledBy, Json, Params};
use crate::page::PageRequest;
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Lists the caller's tokens, or everybody's for an administrator of the server; oldest first, without
/// their secrets.
#[utoipa::path(
    get,
    path = "/api/v1/tokens",
    tag = "people",
    params(PageQuery),
    responses((status = 200, description = "One page of tokens.", body = Page<TokenView>))
)]
pub(crate) async fn list_tokens(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<TokenView>>, Refusal> {
    let page = PageRequest::new(query)?;
    let after = page.after(TokenId::new(Uuid::nil()))?;
    let rows = people::list_tokens(&shared.app, &caller, after, page.rows()).await?;
    let answer = page.page(rows, |row| row.id.to_string(), |row| Ok(views::token(&row)))?;
    Ok(Json(answer))
}
