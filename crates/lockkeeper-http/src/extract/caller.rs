//! Who is calling: put into the request by [`crate::layers::authenticate`], taken out here.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lockkeeper_domain::secret::Secret;
use lockkeeper_usecases::{Caller, ErrorKind, UseCaseError};

use crate::problem::Refusal;
use crate::settings::Shared;

/// Who is calling. A handler that takes this cannot be reached without a valid token.
#[derive(Debug, Clone)]
pub(crate) struct CalledBy(pub(crate) Caller);

impl FromRequestParts<Shared> for CalledBy {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Refusal> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller
            .map(CalledBy)
            .ok_or_else(|| UseCaseError::unauthenticated("the request carries no token").into())
    }
}

/// The token that the request presents: that of `Authorization: Bearer`, or the password of HTTP basic
/// authentication, whose user name does not matter.
///
/// # Errors
/// Unauthenticated when there is none, or the header cannot be read.
pub(crate) fn credentials(headers: &HeaderMap) -> Result<Secret, UseCaseError> {
    let missing = || {
        UseCaseError::new(ErrorKind::NoToken, "the request carries no token")
            .hint("send `Authorization: Bearer TOKEN`, or the token as the password of basic authentication; the command line takes it from `lockkeeper login` or LOCKKEEPER_TOKEN")
    };
    let unreadable = || {
        UseCaseError::unauthenticated("the Authorization header cannot be read").hint(
            "send `Authorization: Bearer TOKEN`, or basic authentication with the token as the password",
        )
    };
    let header = headers.get(AUTHORIZATION).ok_or_else(missing)?;
    let header = header.to_str().map_err(|_| unreadable())?;
    let (scheme, value) = header.split_once(' ').ok_or_else(unreadable)?;
    let value = value.trim();
    let token = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => value.to_owned(),
        "basic" => {
            let decoded = STANDARD.decode(value).map_err(|_| unreadable())?;
            let decoded = String::from_utf8(decoded).map_err(|_| unreadable())?;
            let (_, password) = decoded.split_once(':').ok_or_else(unreadable)?;
            password.to_owned()
        }
        _ => return Err(unreadable()),
    };
    if token.is_empty() {
        return Err(missing());
    }
    Ok(Secret::new(token))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lockkeeper_api::types::problem::Problem;

    fn token(header: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, header.parse().unwrap());
        credentials(&headers)
            .ok()
            .map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn bearer_and_basic() {
        assert_eq!(token("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(token("bearer  abc ").as_deref(), Some("abc"));
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert_eq!(token(&basic("anybody:a:b")).as_deref(), Some("a:b"));
        assert_eq!(token(&basic(":abc")).as_deref(), Some("abc"));
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            "Basic ?",
            "Digest x",
            &basic("abc"),
            &basic("user:"),
        ] {
            assert_eq!(token(bad), None, "{bad}");
        }
    }

    #[test]
    fn that_there_is_no_token_is_a_problem_of_its_own() {
        let kind = |headers: &HeaderMap| {
            let refusal = Refusal::from(credentials(headers).unwrap_err());
            (refusal.status().as_u16(), refusal.problem().kind.clone())
        };
        let mut headers = HeaderMap::new();
        assert_eq!(kind(&headers), (401, Problem::NO_TOKEN.to_owned()));
        headers.insert(AUTHORIZATION, "Bearer ".parse().unwrap());
        assert_eq!(kind(&headers), (401, Problem::NO_TOKEN.to_owned()));
        headers.insert(AUTHORIZATION, "Digest x".parse().unwrap());
        assert_ne!(kind(&headers).1, Problem::NO_TOKEN);
    }
}
