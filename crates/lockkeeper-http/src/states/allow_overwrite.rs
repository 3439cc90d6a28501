use axum::extract::State;
use jiff::SignedDuration;
use lockkeeper_api::types::state::{NewOverwriteLeave, OverwriteLeaveView};
use lockkeeper_usecases::states;

use crate::extract::{CalledBy, Json, Place, StatePath};
use crate::problem::Refusal;
use crate::settings::Shared;

/// Gives the caller leave for one write below the newest serial, or of another lineage. The next such write
/// of theirs uses it up.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state/allow-overwrite",
    tag = "states",
    params(StatePath),
    request_body = NewOverwriteLeave,
    responses((status = 200, description = "The leave.", body = OverwriteLeaveView))
)]
pub(crate) async fn allow_state_overwrite(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<StatePath>,
    Json(new): Json<NewOverwriteLeave>,
) -> Result<Json<OverwriteLeaveView>, Refusal> {
    let valid_for = SignedDuration::from_secs(i64::from(new.seconds));
    let until = states::allow_overwrite(&shared.app, &caller, &place.into(), &new.reason, valid_for).await?;
    Ok(Json(OverwriteLeaveView {
        user: caller.name().to_string(),
        reason: new.reason,
        until: until.to_string(),
    }))
}
