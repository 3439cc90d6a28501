//! From bytes to text: byte order marks, UTF-16, and files that are no text at all.

use std::borrow::Cow;

use super::error::ReadError;

/// The text of the input, and a warning when it had to be converted.
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Option<String>), ReadError> {
    if let Some(error) = known_binary(bytes) {
        return Err(error);
    }
    let (text, warning) = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => (utf8(rest, 3)?, None),
        [0xFF, 0xFE, rest @ ..] => (utf16(rest, u16::from_le_bytes)?, Some(UTF16)),
        [0xFE, 0xFF, rest @ ..] => (utf16(rest, u16::from_be_bytes)?, Some(UTF16)),
        [b'{', 0, ..] => (utf16(bytes, u16::from_le_bytes)?, Some(UTF16)),
        [0, b'{', ..] => (utf16(bytes, u16::from_be_bytes)?, Some(UTF16)),
        _ => (utf8(bytes, 0)?, None),
    };
    if text.trim_start().is_empty() {
        return Err(ReadError::Empty);
    }
    Ok((text, warning.map(str::to_owned)))
}

/// PowerShell 5 writes UTF-16 when output is redirected into a file.
const UTF16: &str = "the input was UTF-16, as PowerShell writes it, and was converted";

fn known_binary(bytes: &[u8]) -> Option<ReadError> {
    match bytes {
        [b'P', b'K', 3, 4, ..] => Some(ReadError::SavedPlanFile),
        [0x1F, 0x8B, ..] => Some(ReadError::Compressed("gzip")),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(ReadError::Compressed("zstd")),
        _ => None,
    }
}

fn utf8(bytes: &[u8], skipped: usize) -> Result<Cow<'_, str>, ReadError> {
    std::str::from_utf8(bytes)
        .map(Cow::Borrowed)
        .map_err(|error| ReadError::NotText {
            offset: skipped + error.valid_up_to(),
        })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, ReadError> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .collect::<Result<String, _>>()
        .map(|text| Cow::Owned(text.trim_start_matches('\u{FEFF}').to_owned()))
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
    fn utf16_is_converted_with_a_warning() {
        for mark in [true, false] {
            let bytes = utf16_bytes("{\"é\":1}", mark);
            let (text, warning) = decode(&bytes).unwrap();
            assert_eq!(text, "{\"é\":1}");
            assert!(warning.is_some());
        }
    }

    #[test]
    fn a_mark_before_utf8_is_dropped() {
        assert_eq!(decode(b"\xEF\xBB\xBF{}").unwrap().0, "{}");
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert_eq!(decode(b""), Err(ReadError::Empty));
        assert_eq!(decode(b" \n\t "), Err(ReadError::Empty));
        assert_eq!(decode(b"PK\x03\x04tfplan"), Err(ReadError::SavedPlanFile));
        assert_eq!(decode(b"\x1F\x8B\x08"), Err(ReadError::Compressed("gzip")));
        assert_eq!(decode(b"{\"a\":\"\xFF\"}"), Err(ReadError::NotText { offset: 6 }));
    }
}
