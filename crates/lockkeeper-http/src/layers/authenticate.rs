use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use lockkeeper_usecases::people;

use crate::extract::credentials;
use crate::problem::Refusal;
use crate::settings::Shared;

/// Finds out who is calling, and turns away whoever shows no valid token.
pub(crate) async fn authenticate(
    State(shared): State<Shared>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let token = credentials(request.headers())?;
    let caller = people::authenticate(&shared.app, token.expose()).await?;
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}
