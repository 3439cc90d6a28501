//! What handlers take from a request. Each refusal is a problem.

mod body;
mod caller;
mod json;
mod names;
mod paths;
mod query;

pub(crate) use body::{announced, drain, pieces, read_body};
pub(crate) use caller::{CalledBy, credentials};
pub(crate) use json::Json;
pub(crate) use names::{name, names, optional_name};
pub(crate) use paths::{
    ChangePath, EnvironmentPath, PersonalPath, Place, PlanPath, ProjectPath, RunPath, StatePath, TokenPath,
    UserPath, VersionPath,
};
pub(crate) use query::Params;
