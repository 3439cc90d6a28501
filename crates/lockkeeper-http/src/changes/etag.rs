//! Entity tags: the generation of a change, in quotes (RFC 9110, section 8.8.3).

use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;

use crate::problem::Refusal;

/// A generation that no change ever has, so that a tag which is none of ours matches nothing.
const NEVER: i64 = -1;

/// The tag of a generation.
pub(super) fn of_generation(generation: i64) -> String {
    format!("\"{generation}\"")
}

/// The generation that `If-Match` asks for; none when any will do.
///
/// # Errors
/// When the header names several, or is no tag at all.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Refusal> {
    let refused = || {
        Refusal::invalid("If-Match cannot be used: it is not one entity tag")
            .hint("give back the ETag of the answer that was seen, or leave the header out")
    };
    let mut values = headers.get_all(IF_MATCH).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| refused())?.trim();
    if values.next().is_some() {
        return Err(refused());
    }
    if text == "*" {
        return Ok(None);
    }
    // A weak tag never matches in a strong comparison.
    let (weak, tag) = match text.strip_prefix("W/") {
        Some(tag) => (true, tag),
        None => (false, text),
    };
    let inner = tag
        .strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .ok_or_else(refused)?;
    if inner.contains('"') {
        return Err(refused());
    }
    Ok(Some(inner.parse().ok().filter(|_| !weak).unwrap_or(NEVER)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<i64>, u16> {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, text.parse().unwrap());
        if_match(&headers).map_err(|refusal| refusal.status().as_u16())
    }

    #[test]
    fn one_strong_tag_or_any() {
        assert_eq!(read("\"7\""), Ok(Some(7)));
        assert_eq!(read(&of_generation(12)), Ok(Some(12)));
        assert_eq!(read("*"), Ok(None));
        assert_eq!(if_match(&HeaderMap::new()).unwrap(), None);
        for other in ["W/\"7\"", "\"x\"", "\"99999999999999999999\"", "\"\""] {
            assert_eq!(read(other), Ok(Some(NEVER)), "{other}");
        }
        for bad in ["7", "\"7\", \"8\"", "\"", "W/"] {
            assert_eq!(read(bad), Err(400), "{bad}");
        }
    }
}
