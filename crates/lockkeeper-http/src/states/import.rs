use axum::body::{Body, HttpBody};
use axum::extract::State;
use lockkeeper_api::types::state::{ImportedVersion, StateDocument};
use lockkeeper_usecases::states::{self, ImportedState};
use lockkeeper_usecases::whole_states::Handling;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::{CalledBy, Json, Params, Place, StatePath, drain, read_body};
use crate::problem::Refusal;
use crate::settings::Shared;

/// How a state is brought in.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// Why, or from where; stands in the audit log and among the versions.
    reason: String,
    /// Whether it takes the place of what is there, even if it is older or of another lineage.
    #[serde(default)]
    replace: bool,
}

/// Brings a state in from elsewhere, while nobody holds its lock.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state/import",
    tag = "states",
    params(StatePath, ImportQuery),
    request_body(content = StateDocument, description = "The state, of Terraform or encrypted by OpenTofu."),
    responses((status = 200, description = "The version that is the newest now.", body = ImportedVersion))
)]
pub(crate) async fn import_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<StatePath>,
    Params(query): Params<ImportQuery>,
    body: Body,
) -> Result<Json<ImportedVersion>, Refusal> {
    let (address, limit) = (place.into(), shared.settings.max_state_bytes);
    if let Err(refused) = states::check_import(&shared.app, &caller, &address).await {
        drain(body).await;
        return Err(refused.into());
    }
    let size = body.size_hint().exact().unwrap_or(limit as u64).min(limit as u64);
    let _turn = shared.app.whole_states.turn(size, Handling::Renumber).await;
    let import = ImportedState {
        body: read_body(body, limit).await?,
        reason: query.reason,
        replace: query.replace,
    };
    let imported = states::import_state(&shared.app, &caller, &address, import).await?;
    Ok(Json(ImportedVersion {
        serial: imported.serial,
        is_new: imported.is_new,
    }))
}
