use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use lockkeeper_domain::name::Name;
use lockkeeper_store::tables::audit::{EntryPlace, EntryRow};
use lockkeeper_usecases::audit_log::export_entries;
use lockkeeper_usecases::{App, Caller, UseCaseError};

use super::Cursor;
use crate::extract::{CalledBy, Place, ProjectPath};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Entries held in memory at a time.
const PAGE: i64 = 200;

/// Exports the audit log of a project, oldest entry first, one AuditEntryView as JSON on each line.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/audit/export",
    tag = "audit",
    params(ProjectPath),
    responses((status = 200, description = "JSON lines.", body = String, content_type = "application/x-ndjson"))
)]
pub(crate) async fn export_audit(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
) -> Result<Response, Refusal> {
    let mut export = Export {
        app: shared.app,
        caller,
        project: place.project,
        after: Cursor::FIRST.0,
        first: None,
    };
    // What is wrong is told by the status, before the stream begins.
    export.first = Some(export.read().await?);
    let file = format!("attachment; filename=\"{}-audit.jsonl\"", export.project);
    let body = Body::from_stream(stream::try_unfold(export, next));
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson".to_owned()),
        (CONTENT_DISPOSITION, file),
    ];
    Ok((headers, body).into_response())
}

/// How far an export is.
struct Export {
    app: Arc<App>,
    caller: Caller,
    project: Name,
    after: EntryPlace,
    first: Option<Vec<EntryRow>>,
}

impl Export {
    async fn read(&self) -> Result<Vec<EntryRow>, UseCaseError> {
        export_entries(&self.app, &self.caller, &self.project, self.after, PAGE).await
    }
}

/// The next lines. An error breaks the connection off: what came until then must not look complete.
async fn next(mut export: Export) -> io::Result<Option<(Bytes, Export)>> {
    let rows = match export.first.take() {
        Some(rows) => rows,
        None => export.read().await.map_err(io::Error::other)?,
    };
    let Some(last) = rows.last() else {
        return Ok(None);
    };
    export.after = last.place();
    let mut lines = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut lines, &views::audit_entry(row))?;
        lines.push(b'\n');
    }
    Ok(Some((Bytes::from(lines), export)))
}
