//! Query parameters.

use axum::extract::FromRequestParts;
use axum::extract::Query;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::Refusal;
use crate::settings::Shared;

/// The query of a request.
#[derive(Debug, Clone)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Params<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Refusal> {
        match Query::<T>::from_request_parts(parts, shared).await {
            Ok(Query(value)) => Ok(Params(value)),
            Err(rejection) => Err(Refusal::invalid(format!(
                "the query cannot be used: {}",
                rejection.body_text()
            ))),
        }
    }
}
