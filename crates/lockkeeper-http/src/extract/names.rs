//! Names in bodies.

use lockkeeper_domain::name::Name;

use crate::problem::Refusal;

/// Reads a name; `field` is where it stands.
///
/// # Errors
/// When it is none.
pub(crate) fn name(field: &str, text: &str) -> Result<Name, Refusal> {
    text.parse()
        .map_err(|error| Refusal::invalid(format!("{field}: {error}")))
}

/// Reads a name that may be left out.
///
/// # Errors
/// When it is there and is none.
pub(crate) fn optional_name(field: &str, text: Option<&str>) -> Result<Option<Name>, Refusal> {
    text.map(|text| name(field, text)).transpose()
}

/// Reads a list of names.
///
/// # Errors
/// When one of them is none.
pub(crate) fn names(field: &str, texts: &[String]) -> Result<Vec<Name>, Refusal> {
    texts.iter().map(|text| name(field, text)).collect()
}
