//! Terraform states: the `http` backend's protocol, and what people see of it.

mod answer;
mod md5;

pub(crate) mod allow_overwrite;
pub(crate) mod delete;
pub(crate) mod diff;
pub(crate) mod find;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod methods;
pub(crate) mod personal;
pub(crate) mod protect;
pub(crate) mod read;
pub(crate) mod read_version;
pub(crate) mod roll_back;
pub(crate) mod show;
pub(crate) mod unlock;
pub(crate) mod versions;
pub(crate) mod write;

pub(crate) use answer::StateRefusal;
use answer::body_of_state;
