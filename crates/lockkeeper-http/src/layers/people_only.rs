use axum::Extension;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use lockkeeper_usecases::Caller;

use crate::problem::Refusal;

/// Turns away the tokens of runs and tools: they are good for one state, and not for what their user may do.
pub(crate) async fn people_only(
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    caller.require_user()?;
    Ok(next.run(request).await)
}

/// Turns away the tokens of tools, but from the protocol of their own state.
pub(crate) async fn own_state(
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    caller.require_path(request.uri().path())?;
    Ok(next.run(request).await)
}
