use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use lockkeeper_api::types::change::ApplyRequest;
use lockkeeper_api::types::run::RunView;
use lockkeeper_usecases::changes::{self, When};

use crate::extract::{CalledBy, ChangePath, Json, Place, name};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// Starts or schedules the apply of the plan that was approved. Its gates must be open; they are looked
/// at again when it starts. The problem lists those that are shut.
#[utoipa::path(
    post,
    path = "/api/v1/projects/{project}/changes/{change}/apply",
    tag = "changes",
    params(ChangePath),
    request_body = ApplyRequest,
    responses((status = 202, description = "The run that was queued.", body = RunView))
)]
pub(crate) async fn apply_change(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ChangePath>,
    Json(request): Json<ApplyRequest>,
) -> Result<(StatusCode, Json<RunView>), Refusal> {
    let environment = name("environment", &request.environment)?;
    let at = when(request.at.as_deref())?;
    let (app, project) = (&shared.app, &place.project);
    let run = changes::apply_change(app, &caller, project, &place.change, &environment, at).await?;
    Ok((StatusCode::ACCEPTED, Json(views::run(run))))
}

fn when(at: Option<&str>) -> Result<When, Refusal> {
    match at {
        None | Some("now") => Ok(When::Now),
        Some("next window" | "next-window") => Ok(When::NextWindow),
        Some(text) => text.parse::<Timestamp>().map(When::At).map_err(|_| {
            Refusal::invalid("at: this is no time")
                .hint("use `now`, `next window`, or a time such as 2027-01-31T22:00:00Z")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_the_next_window_or_a_time() {
        assert_eq!(when(None).unwrap(), When::Now);
        assert_eq!(when(Some("now")).unwrap(), When::Now);
        assert_eq!(when(Some("next window")).unwrap(), When::NextWindow);
        let time = when(Some("2027-01-31T23:00:00+01:00")).unwrap();
        assert_eq!(time, When::At("2027-01-31T22:00:00Z".parse().unwrap()));
        for bad in ["", "tomorrow", "2027-01-31", "2027-01-31T22:00:00", "\0"] {
            assert_eq!(when(Some(bad)).unwrap_err().status(), 400, "{bad}");
        }
    }
}
