//! JSON text that comes piece by piece: no more of it is held than what is looked at.

use std::borrow::Cow;
use std::io::Read;

use memchr::{memchr_iter, memrchr};

use super::cursor::{Cursor, Stop};
use super::encoding;
use super::error::ReadError;

/// How much is read at a time, in bytes: small enough to stay near the processor.
const WINDOW: usize = 256 * 1024;

/// A text, of which a window is held.
pub(super) struct Stream<'r> {
    source: Box<dyn Read + 'r>,
    window: Vec<u8>,
    /// Where in the window the text that is not looked at yet begins.
    at: usize,
    /// How much of the window is text.
    valid: usize,
    /// How much of the window is filled; the last character may not be whole.
    filled: usize,
    ended: bool,
    /// How much has left the window: bytes, line ends, and bytes behind the last of these.
    passed: usize,
    lines: usize,
    column: usize,
}

impl<'r> Stream<'r> {
    /// Looks at the beginning, and converts UTF-16, with a warning. Answers what is no text with an error.
    pub(super) fn open(source: impl Read + 'r) -> Result<(Self, Option<String>), ReadError> {
        let mut stream = Self {
            source: Box::new(source),
            window: vec![0; WINDOW],
            at: 0,
            valid: 0,
            filled: 0,
            ended: false,
            passed: 0,
            lines: 0,
            column: 0,
        };
        while stream.filled < 4 && !stream.ended {
            stream.fill()?;
        }
        let head = stream.window.get(..stream.filled.min(4)).unwrap_or_default();
        let mut warning = None;
        match encoding::of(head)? {
            encoding::Encoding::Utf8 { mark } => stream.at = mark,
            encoding::Encoding::Utf16(unit) => {
                let text = encoding::utf16(&stream.rest()?, unit)?;
                stream.source = Box::new(std::io::Cursor::new(text.into_bytes()));
                (stream.filled, stream.at, stream.ended) = (0, 0, false);
                warning = Some(encoding::UTF16.to_owned());
            }
        }
        stream.valid = stream.at;
        stream.validate()?;
        Ok((stream, warning))
    }

    /// Reads one thing with a cursor that stands where the last one stopped. When the window ends too early, all
    /// of it is read once more from a larger one: what is to be done with it must come last.
    pub(super) fn read<T>(
        &mut self,
        mut read: impl FnMut(&mut Cursor<'_>) -> Result<T, Stop>,
    ) -> Result<T, ReadError> {
        loop {
            let text = self.window.get(self.at..self.valid).unwrap_or_default();
            let mut cursor = Cursor::new(text);
            match read(&mut cursor) {
                Ok(found) => {
                    self.at += cursor.position();
                    return Ok(found);
                }
                Err(Stop::End) if !self.ended => self.more()?,
                Err(stop) => return Err(self.explain(stop)),
            }
        }
    }

    /// Everything that comes, as text.
    pub(super) fn everything(&mut self) -> Result<String, ReadError> {
        let offset = self.passed + self.at;
        String::from_utf8(self.rest()?).map_err(|error| ReadError::NotText {
            offset: offset + error.utf8_error().valid_up_to(),
        })
    }

    /// Whether nothing but white space comes.
    pub(super) fn is_at_end(&mut self) -> Result<bool, ReadError> {
        loop {
            let text = self.window.get(self.at..self.valid).unwrap_or_default();
            let mut cursor = Cursor::new(text);
            match cursor.peek() {
                Err(Stop::End) if !self.ended => {
                    self.at = self.valid;
                    self.more()?;
                }
                found => {
                    self.at += cursor.position();
                    return Ok(found.is_err());
                }
            }
        }
    }

    /// The line, from 1, and the column at which the stream stands, or this much further.
    pub(super) fn place(&self, further: usize) -> (usize, usize) {
        let text = self.window.get(..self.at + further).unwrap_or_default();
        let lines = text.iter().filter(|byte| **byte == b'\n').count();
        let column = match text.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => text.len() - end,
            None => self.column + text.len() + 1,
        };
        (self.lines + lines + 1, column)
    }

    fn explain(&self, stop: Stop) -> ReadError {
        match stop {
            Stop::End => {
                let (line, column) = self.place(self.valid - self.at);
                ReadError::Truncated { line, column }
            }
            Stop::Unexpected(at, what) => {
                let (line, column) = self.place(at);
                ReadError::Malformed {
                    place: format!("expected {what} at line {line} column {column}"),
                }
            }
            Stop::Deep(at) => {
                let (line, column) = self.place(at);
                ReadError::TooDeep {
                    place: format!("at line {line} column {column}"),
                }
            }
        }
    }

    /// Moves the window on, or makes it larger when nothing of it has been looked at.
    fn more(&mut self) -> Result<(), ReadError> {
        let passed = self.window.get(..self.at).unwrap_or_default();
        self.lines += memchr_iter(b'\n', passed).count();
        self.column = match memrchr(b'\n', passed) {
            Some(end) => passed.len() - end - 1,
            None => self.column + passed.len(),
        };
        self.passed += self.at;
        self.window.copy_within(self.at..self.filled, 0);
        self.valid -= self.at;
        self.filled -= self.at;
        self.at = 0;
        if self.filled > self.window.len() / 2 {
            self.window.resize(self.window.len() * 2, 0);
        }
        self.fill()?;
        self.validate()
    }

    /// Reads once into what is free of the window.
    fn fill(&mut self) -> Result<(), ReadError> {
        let free = self.window.get_mut(self.filled..).unwrap_or_default();
        let read = loop {
            match self.source.read(free) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                result => break result.map_err(|error| ReadError::Unreadable(error.to_string()))?,
            }
        };
        self.filled += read;
        self.ended = read == 0;
        Ok(())
    }

    /// Looks whether what came is UTF-8.
    fn validate(&mut self) -> Result<(), ReadError> {
        let new = self.window.get(self.valid..self.filled).unwrap_or_default();
        let valid = match std::str::from_utf8(new) {
            Ok(_) => new.len(),
            Err(error) if error.error_len().is_none() && !self.ended => error.valid_up_to(),
            Err(error) => {
                return Err(ReadError::NotText {
                    offset: self.passed + self.valid + error.valid_up_to(),
                });
            }
        };
        self.valid += valid;
        Ok(())
    }

    /// Everything that was not looked at.
    fn rest(&mut self) -> Result<Vec<u8>, ReadError> {
        let mut rest = self.window.get(self.at..self.filled).unwrap_or_default().to_vec();
        self.source
            .read_to_end(&mut rest)
            .map_err(|error| ReadError::Unreadable(error.to_string()))?;
        Ok(rest)
    }
}

/// A key as it is meant: one without escapes is what it is.
pub(super) fn unescaped(key: &str) -> Cow<'_, str> {
    if !key.contains('\\') {
        return Cow::Borrowed(key);
    }
    serde_json::from_str(&format!("\"{key}\"")).map_or(Cow::Borrowed(key), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out so many bytes at a time.
    struct Slow<'s>(&'s [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let most = into.len().min(self.1);
            self.0.read(into.get_mut(..most).unwrap_or_default())
        }
    }

    #[test]
    fn pieces_may_end_anywhere() {
        let text = "[\"\u{e9}\u{1F600}\", [1, 2],\n {\"a\": \"b\"}]";
        for size in 1..text.len() {
            let (mut stream, _) = Stream::open(Slow(text.as_bytes(), size)).unwrap();
            let found = stream.read(|cursor| cursor.value().map(|place| cursor.part(&place).to_owned()));
            assert_eq!(found.unwrap(), text);
            assert!(stream.is_at_end().unwrap());
        }
    }

    #[test]
    fn a_text_larger_than_the_window_is_held_whole() {
        let text = format!("[\"{}\"]\n{{", "x".repeat(3 * WINDOW));
        let (mut stream, _) = Stream::open(text.as_bytes()).unwrap();
        assert_eq!(
            stream.read(|cursor| cursor.value()).unwrap().len(),
            text.len() - 2
        );
        assert!(!stream.is_at_end().unwrap());
        assert_eq!(stream.place(0), (2, 1));
    }

    #[test]
    fn half_a_character_at_the_end_is_no_text() {
        let read =
            Stream::open(&b"[\"\xC3"[..]).and_then(|(mut stream, _)| stream.read(|cursor| cursor.value()));
        assert_eq!(read, Err(ReadError::NotText { offset: 2 }));
    }
}
