use axum::Extension;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use lockkeeper_usecases::{Caller, UseCaseError};

use crate::problem::Refusal;

/// Turns away the tokens of runs: they are good for one state, and not for what their user may do.
pub(crate) async fn people_only(
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    match caller {
        Caller::User { .. } => Ok(next.run(request).await),
        Caller::Run { .. } => {
            Err(UseCaseError::forbidden("the token of a run is good for the state of that run only").into())
        }
    }
}
