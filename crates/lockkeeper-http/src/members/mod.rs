//! Who holds which role in a project.

pub(crate) mod grant;
pub(crate) mod list;
pub(crate) mod revoke;
