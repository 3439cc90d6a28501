use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use lockkeeper_api::types::change::{ChangeEdit, ChangeView};
use lockkeeper_usecases::changes;

use super::{Answer, answer, etag};
use crate::extract::{CalledBy, ChangePath, Json, Place};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Alters what people write about a change; what is absent stays. With `If-Match`, a change that
/// somebody altered meanwhile is refused with 412.
#[utoipa::path(
    patch,
    path = "/api/v1/projects/{project}/changes/{change}",
    tag = "changes",
    params(ChangePath, ("If-Match" = Option<String>, Header, pattern = "^(\\*|\"[^\"]*\")$", description = "The ETag of the change as it was seen.")),
    request_body = ChangeEdit,
    responses((status = 200, description = "The change, altered.", body = ChangeView, headers(("ETag" = String, description = "The generation of the change."))))
)]
pub(crate) async fn edit_change(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ChangePath>,
    headers: HeaderMap,
    Json(edit): Json<ChangeEdit>,
) -> Result<Answer, Refusal> {
    let seen = etag::if_match(&headers)?;
    let edit = changes::ChangeEdit {
        title: edit.title,
        why: edit.why,
        declared_class: edit.declared_class.map(views::to_risk_class),
        rollback: edit.rollback,
    };
    let (app, project) = (&shared.app, &place.project);
    let record = changes::edit_change(app, &caller, project, &place.change, seen, &edit).await?;
    Ok(answer(StatusCode::OK, record))
}
