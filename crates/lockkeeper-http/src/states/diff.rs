use axum::extract::State;
use lockkeeper_api::types::state::StateDiffView;
use lockkeeper_domain::state_version::VersionName;
use lockkeeper_usecases::states;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::{CalledBy, Json, Params, Place, StatePath};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Which versions to compare.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffQuery {
    /// The serial or identifier of the older version; the one before the newer when absent.
    #[param(value_type = Option<String>, pattern = "^([0-9]{1,16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$", example = "12")]
    from: Option<VersionName>,
    /// The serial or identifier of the newer version; the newest when absent.
    #[param(value_type = Option<String>, pattern = "^([0-9]{1,16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$", example = "14")]
    to: Option<VersionName>,
}

/// Compares two versions of a state by resource and attribute, sensitive values taken out. What OpenTofu encrypted
/// cannot be compared.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state/diff",
    tag = "states",
    params(StatePath, DiffQuery),
    responses((status = 200, description = "What differs.", body = StateDiffView))
)]
pub(crate) async fn diff_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<StatePath>,
    Params(query): Params<DiffQuery>,
) -> Result<Json<StateDiffView>, Refusal> {
    let found = states::compare_versions(&shared.app, &caller, &place.into(), query.from, query.to).await?;
    Ok(Json(views::state_diff(found)?))
}
