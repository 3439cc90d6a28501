//! What stands in the path of a request.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use lockkeeper_domain::id::{RunId, TokenId};
use lockkeeper_domain::name::{ChangeKey, Name};
use lockkeeper_domain::state_version::VersionName;
use lockkeeper_usecases::states::StateAddress;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::problem::Refusal;
use crate::settings::Shared;

/// The path of a request, read.
#[derive(Debug, Clone)]
pub(crate) struct Place<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Shared> for Place<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Refusal> {
        match Path::<T>::from_request_parts(parts, shared).await {
            Ok(Path(value)) => Ok(Place(value)),
            Err(PathRejection::FailedToDeserializePathParams(rejection)) => {
                if let ErrorKind::DeserializeError { key, value, message } = rejection.kind()
                    && message.starts_with("UUID")
                {
                    let detail = format!("`{value}` is not the identifier of a {key}");
                    return Err(Refusal::invalid(detail).hint("give it whole, as the list of them prints it"));
                }
                let text = rejection.body_text();
                Err(Refusal::invalid(
                    text.strip_prefix("Invalid URL: ").unwrap_or(&text).to_owned(),
                ))
            }
            Err(_) => Err(Refusal::internal()),
        }
    }
}

/// A project.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ProjectPath {
    /// The project's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "shop")]
    pub(crate) project: Name,
}

/// An environment.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct EnvironmentPath {
    /// The project's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "shop")]
    pub(crate) project: Name,
    /// The environment's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "staging")]
    pub(crate) environment: Name,
}

/// A change.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ChangePath {
    /// The project's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "shop")]
    pub(crate) project: Name,
    /// The key of the change.
    #[param(value_type = String, pattern = "^[A-Z][A-Z-]{0,15}-[1-9][0-9]{0,8}$", example = "INFRA-1")]
    pub(crate) change: ChangeKey,
}

/// The plan of a change.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PlanPath {
    /// The project's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "shop")]
    pub(crate) project: Name,
    /// The key of the change.
    #[param(value_type = String, pattern = "^[A-Z][A-Z-]{0,15}-[1-9][0-9]{0,8}$", example = "INFRA-1")]
    pub(crate) change: ChangeKey,
    /// The environment's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "staging")]
    pub(crate) environment: Name,
}

/// A run.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct RunPath {
    /// The project's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "shop")]
    pub(crate) project: Name,
    /// The run's identifier.
    #[param(value_type = String, format = "uuid")]
    pub(crate) run: RunId,
}

/// A state.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct StatePath {
    /// The project's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "shop")]
    pub(crate) project: Name,
    /// The environment's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "staging")]
    pub(crate) environment: Name,
    /// The stack's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "network")]
    pub(crate) stack: Name,
}

impl From<StatePath> for StateAddress {
    fn from(path: StatePath) -> Self {
        StateAddress {
            project: path.project,
            environment: path.environment,
            stack: path.stack,
            owner: None,
        }
    }
}

/// The personal state of a user.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PersonalPath {
    /// The project's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "shop")]
    pub(crate) project: Name,
    /// The environment's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "staging")]
    pub(crate) environment: Name,
    /// The stack's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "network")]
    pub(crate) stack: Name,
    /// The name of the user whose personal state it is.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "alice")]
    pub(crate) user: Name,
}

impl From<PersonalPath> for StateAddress {
    fn from(path: PersonalPath) -> Self {
        StateAddress {
            project: path.project,
            environment: path.environment,
            stack: path.stack,
            owner: Some(path.user),
        }
    }
}

/// A version of a state.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct VersionPath {
    /// The project's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "shop")]
    pub(crate) project: Name,
    /// The environment's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "staging")]
    pub(crate) environment: Name,
    /// The stack's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "network")]
    pub(crate) stack: Name,
    /// The serial of the version, or its identifier where several have that serial.
    #[param(value_type = String, pattern = "^([0-9]{1,16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$", example = "12")]
    pub(crate) version: VersionName,
}

/// A user.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct UserPath {
    /// The user's name.
    #[param(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", example = "alice")]
    pub(crate) user: Name,
}

/// A token.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct TokenPath {
    /// The token's identifier.
    #[param(value_type = String, format = "uuid")]
    pub(crate) token: TokenId,
}
