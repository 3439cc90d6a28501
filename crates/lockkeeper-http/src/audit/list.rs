use axum::extract::State;
use lockkeeper_api::types::audit::AuditEntryView;
use lockkeeper_api::types::page::{Page, PageQuery};
use lockkeeper_usecases::audit_log;

use super::Cursor;
use crate::extract::{CalledBy, Json, Params, Place, ProjectPath};
use crate::page::PageRequest;
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Lists the audit log of a project, newest first: the project's chain and those of its states together.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/audit",
    tag = "audit",
    params(ProjectPath, PageQuery),
    responses((status = 200, description = "One page of entries.", body = Page<AuditEntryView>))
)]
pub(crate) async fn list_audit(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<AuditEntryView>>, Refusal> {
    let page = PageRequest::new(query)?;
    let before = page.after(Cursor::LAST)?.0;
    let rows = audit_log::list_entries(&shared.app, &caller, &place.project, before, page.rows()).await?;
    let answer = page.page(
        rows,
        |row| Cursor(row.place()).to_string(),
        |row| Ok(views::audit_entry(row)),
    )?;
    Ok(Json(answer))
}
