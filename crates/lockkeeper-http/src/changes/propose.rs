use axum::extract::State;
use axum::http::StatusCode;
use lockkeeper_api::types::change::{ChangeView, NewChange};
use lockkeeper_usecases::changes;

use super::{Answer, answer};
use crate::extract::{CalledBy, Json, Place, ProjectPath, name, names};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Proposes a change from a commit. Its plans are made after the answer. An open change that carries the same commit is
/// answered instead, unless `again` is set.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/changes",
    tag = "changes",
    params(ProjectPath),
    request_body = NewChange,
    responses(
        (status = 201, description = "The change, being planned.", body = ChangeView, headers(("ETag" = String, description = "The generation of the change."))),
        (status = 200, description = "The open change that carries the same commit of the stack through these environments.", body = ChangeView, headers(("ETag" = String, description = "The generation of the change."))),
    )
)]
pub(crate) async fn propose_change(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
    Json(new): Json<NewChange>,
) -> Result<Answer, Refusal> {
    let new = changes::NewChange {
        stack: name("stack", &new.stack)?,
        environments: names("environments", &new.environments)?,
        reference: new.reference,
        title: new.title,
        why: new.why,
        declared_class: new.declared_class.map(views::to_risk_class),
        rollback: new.rollback,
        again: new.again,
    };
    let proposed = changes::propose_change(&shared.app, &caller, &place.project, &new).await?;
    let status = match proposed.is_new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Ok(answer(status, proposed.record))
}
