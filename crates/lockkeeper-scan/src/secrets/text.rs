//! Files as text: what is binary, what is UTF-16, where lines begin.

use std::borrow::Cow;
use std::ops::Range;

/// How much of a file is looked at to tell whether it is binary, as Git does.
const LOOKED_AT: usize = 8000;

/// The content as bytes that rules can be run on; nothing when the file is binary.
pub(super) fn readable(content: &[u8]) -> Option<Cow<'_, [u8]>> {
    match content {
        [0xFF, 0xFE, rest @ ..] => Some(Cow::Owned(wide(rest, u16::from_le_bytes))),
        [0xFE, 0xFF, rest @ ..] => Some(Cow::Owned(wide(rest, u16::from_be_bytes))),
        _ if content.iter().take(LOOKED_AT).any(|byte| *byte == 0) => None,
        _ => Some(Cow::Borrowed(content)),
    }
}

fn wide(content: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units: Vec<u16> = content
        .chunks_exact(2)
        .map(|pair| match pair {
            [first, second] => unit([*first, *second]),
            _ => 0,
        })
        .collect();
    String::from_utf16_lossy(&units).into_bytes()
}

/// Where the lines of a file begin.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Finds the lines.
    pub(super) fn of(content: &[u8]) -> Self {
        let breaks = content
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
            .map(|(at, _)| at + 1);
        Self {
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    /// The line, from 0, in which a byte stands.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
    }

    /// Where a line, counted from 0, begins and ends, without its end of line.
    pub(super) fn range(&self, content: &[u8], line: usize) -> Range<usize> {
        let start = self.starts.get(line).copied().unwrap_or(content.len());
        let end = self
            .starts
            .get(line + 1)
            .map_or(content.len(), |next| next - 1)
            .max(start);
        let carriage = content.get(start..end).is_some_and(|text| text.ends_with(b"\r"));
        start..end - usize::from(carriage)
    }

    /// The line around a byte.
    pub(super) fn around(&self, content: &[u8], offset: usize) -> Range<usize> {
        self.range(content, self.line_of(offset))
    }

    /// The column of a byte in its line, from 1, in characters.
    pub(super) fn column_of(&self, content: &[u8], offset: usize) -> usize {
        let start = self.starts.get(self.line_of(offset)).copied().unwrap_or_default();
        let before = content.get(start..offset).unwrap_or_default();
        // Counts the first byte of each character: lines may be megabytes long.
        before.iter().filter(|byte| **byte & 0xC0 != 0x80).count() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns() {
        let content = "a\r\nbäc\n".as_bytes();
        let lines = Lines::of(content);
        assert_eq!(lines.range(content, 0), 0..1);
        assert_eq!(lines.line_of(6), 1);
        assert_eq!(lines.column_of(content, 6), 3);
        assert_eq!(lines.range(content, 7), 8..8);
    }

    #[test]
    fn binary_files_are_not_read_and_wide_ones_are() {
        assert!(readable(b"\x7fELF\0\0").is_none());
        let wide: Vec<u8> = "\u{feff}key".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(readable(&wide).unwrap().as_ref(), b"key");
    }
}
