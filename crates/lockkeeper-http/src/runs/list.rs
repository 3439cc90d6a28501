use axum::extract::State;
use lockkeeper_api::types::page::{Page, PageQuery};
use lockkeeper_api::types::run::RunView;
use lockkeeper_domain::id::RunId;
use lockkeeper_domain::name::ChangeKey;
use lockkeeper_usecases::runs;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::extract::{CalledBy, Json, Params, Place, ProjectPath};
use crate::page::PageRequest;
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Which runs to list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunQuery {
    /// Only runs of the change with this key.
    #[param(value_type = Option<String>, pattern = "^[A-Z][A-Z-]{0,15}-[1-9][0-9]{0,8}$")]
    change: Option<ChangeKey>,
    /// The `next_cursor` of the page before; absent for the first page.
    #[param(pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
    /// How many items, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Lists the runs of a project or of one change, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/runs",
    tag = "runs",
    params(ProjectPath, RunQuery),
    responses((status = 200, description = "One page of runs.", body = Page<RunView>))
)]
pub(crate) async fn list_runs(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
    Params(query): Params<RunQuery>,
) -> Result<Json<Page<RunView>>, Refusal> {
    let page = PageRequest::new(PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    })?;
    let before = page.after(RunId::new(Uuid::max()))?;
    let (app, project, change) = (&shared.app, &place.project, query.change.as_ref());
    let rows = runs::list_runs(app, &caller, project, change, before, page.rows()).await?;
    let answer = page.page(rows, |row| row.id.to_string(), |row| Ok(views::run(row)))?;
    Ok(Json(answer))
}
