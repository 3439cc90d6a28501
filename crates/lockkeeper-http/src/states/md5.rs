//! `Content-MD5`, by which the client says what it sent (RFC 1864).

use axum::http::{HeaderMap, HeaderName};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::problem::Refusal;

/// The MD5 of a body, in base64.
pub(super) const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// The MD5 that the client says the body has.
///
/// # Errors
/// When the header is there and is none.
pub(super) fn content_md5(headers: &HeaderMap) -> Result<Option<[u8; 16]>, Refusal> {
    let Some(value) = headers.get(CONTENT_MD5) else {
        return Ok(None);
    };
    let decoded = STANDARD.decode(value.as_bytes()).ok();
    let digest = decoded.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    digest
        .map(Some)
        .ok_or_else(|| Refusal::invalid("Content-MD5 is not the base64 form of 16 bytes"))
}
