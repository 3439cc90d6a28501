use axum::extract::State;
use lockkeeper_api::types::state::{NewStateRollback, WrittenVersion};
use lockkeeper_domain::state_version::VersionName;
use lockkeeper_usecases::{UseCaseError, states};

use crate::extract::{CalledBy, Json, Place, StatePath};
use crate::problem::Refusal;
use crate::settings::Shared;

/// Makes an older version of a state the newest one again, under a new serial. The objects themselves are not
/// touched.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state/rollback",
    tag = "states",
    params(StatePath),
    request_body = NewStateRollback,
    responses((status = 200, description = "The version that is the newest now.", body = WrittenVersion))
)]
pub(crate) async fn roll_back_state(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<StatePath>,
    Json(new): Json<NewStateRollback>,
) -> Result<Json<WrittenVersion>, Refusal> {
    let version = version_of(&new)?;
    let serial = states::roll_back_state(&shared.app, &caller, &place.into(), version, &new.reason).await?;
    Ok(Json(WrittenVersion { serial }))
}

fn version_of(new: &NewStateRollback) -> Result<VersionName, Refusal> {
    match (new.serial, &new.version) {
        (Some(serial), None) => Ok(VersionName::Serial(serial)),
        (None, Some(id)) => {
            let id = id.parse().map(VersionName::Id);
            Ok(id.map_err(|error| UseCaseError::invalid(format!("version: {error}")))?)
        }
        _ => Err(UseCaseError::invalid("say which version, by one of `serial` and `version`").into()),
    }
}
