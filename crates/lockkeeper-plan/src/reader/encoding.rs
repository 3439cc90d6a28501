//! From bytes to text: byte order marks, UTF-16, and files that are no text at all.

use std::borrow::Cow;

use super::error::ReadError;

/// How text is written down.
pub(super) enum Encoding {
    Utf8 {
        /// How long the mark at the beginning is, in bytes.
        mark: usize,
    },
    /// Two bytes for a unit, in this order.
    Utf16(fn([u8; 2]) -> u16),
}

/// The encoding, by the first bytes.
///
/// # Errors
/// When it is no text.
pub(super) fn of(head: &[u8]) -> Result<Encoding, ReadError> {
    if let Some(error) = known_binary(head) {
        return Err(error);
    }
    Ok(match head {
        [0xEF, 0xBB, 0xBF, ..] => Encoding::Utf8 { mark: 3 },
        [0xFF, 0xFE, ..] | [b'{', 0, ..] => Encoding::Utf16(u16::from_le_bytes),
        [0xFE, 0xFF, ..] | [0, b'{', ..] => Encoding::Utf16(u16::from_be_bytes),
        _ => Encoding::Utf8 { mark: 0 },
    })
}

/// The whole input as text.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    match of(bytes)? {
        Encoding::Utf8 { mark } => utf8(bytes.get(mark..).unwrap_or_default(), mark).map(Cow::Borrowed),
        Encoding::Utf16(unit) => utf16(bytes, unit).map(Cow::Owned),
    }
}

/// PowerShell 5 writes UTF-16 when output is redirected into a file.
pub(super) const UTF16: &str = "the input was UTF-16, as PowerShell writes it, and was converted";

fn known_binary(bytes: &[u8]) -> Option<ReadError> {
    match bytes {
        [b'P', b'K', 3, 4, ..] => Some(ReadError::SavedPlanFile),
        [0x1F, 0x8B, ..] => Some(ReadError::Compressed("gzip")),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(ReadError::Compressed("zstd")),
        _ => None,
    }
}

fn utf8(bytes: &[u8], skipped: usize) -> Result<&str, ReadError> {
    std::str::from_utf8(bytes).map_err(|error| ReadError::NotText {
        offset: skipped + error.valid_up_to(),
    })
}

/// Converts UTF-16; the mark at the beginning is dropped.
pub(super) fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, ReadError> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .collect::<Result<String, _>>()
        .map(|text| text.trim_start_matches('\u{FEFF}').to_owned())
        .map_err(|_| ReadError::NotText { offset: 2 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16_bytes(text: &str, mark: bool) -> Vec<u8> {
        let mark = mark.then_some(0xFEFF_u16);
        mark.into_iter()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect()
    }

    #[test]
    fn utf16_is_converted() {
        for mark in [true, false] {
            let bytes = utf16_bytes("{\"é\":1}", mark);
            assert_eq!(decode(&bytes).unwrap(), "{\"é\":1}");
        }
    }

    #[test]
    fn a_mark_before_utf8_is_dropped() {
        assert_eq!(decode(b"\xEF\xBB\xBF{}").unwrap(), "{}");
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert_eq!(decode(b"PK\x03\x04tfplan"), Err(ReadError::SavedPlanFile));
        assert_eq!(decode(b"\x1F\x8B\x08"), Err(ReadError::Compressed("gzip")));
        assert_eq!(decode(b"{\"a\":\"\xFF\"}"), Err(ReadError::NotText { offset: 6 }));
    }
}
