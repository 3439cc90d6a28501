//! Text that others wrote must not steer the terminal: no colours, no cursor movements, no text that
//! reads in another order than it stands.

use std::borrow::Cow;
use std::io::{self, Write};

/// One line of text: every control character is shown as its escape, line ends included.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escape(text, |_| false)
}

/// Several lines of text, such as a log: line ends and tabs stay as they are.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    escape(text, |character| matches!(character, '\n' | '\t'))
}

/// JSON stays JSON: what stands in a string as it is, and steers terminals, becomes `\u` escapes.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    let keeps = |character: char| matches!(character, '\n' | '\t');
    if !text
        .chars()
        .any(|character| steers(character) && !keeps(character))
    {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if steers(character) && !keeps(character) {
            // JSON knows 16-bit escapes only; a character beyond them takes two.
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// Passes JSON on as it is written, as [`json`] would make it.
pub(crate) struct JsonWriter<W>(W);

impl<W: Write> JsonWriter<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self(inner)
    }
}

impl<W: Write> Write for JsonWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Most is ASCII. What is not comes in whole characters: `serde_json` writes these, and a `BufWriter` passes
        // on whole writes.
        let plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
        // Every byte of a piece is looked at, so that the processor can look at many at once.
        let is_plain = |piece: &[u8]| piece.iter().fold(true, |all, byte| all & plain(byte));
        if bytes.chunks(4096).all(is_plain) {
            self.0.write_all(bytes)?;
        } else {
            let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
            self.0.write_all(json(text).as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn escape(text: &str, keeps: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text
        .chars()
        .any(|character| steers(character) && !keeps(character))
    {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if steers(character) && !keeps(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// Control characters, and those that turn the direction of writing (CVE-2021-42574) or take no room: a
/// `+` could be made to look like a `-`, and one address like another.
fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_shown() {
        assert_eq!(
            line("a\u{1b}[2Jb\r\nc\u{9b}d\u{7f}\u{202e}e"),
            r"a\u{1b}[2Jb\r\nc\u{9b}d\u{7f}\u{202e}e"
        );
        assert_eq!(lines("a\tb\nc\u{7}"), "a\tb\nc\\u{7}");
    }

    #[test]
    fn json_is_escaped_while_it_is_written() {
        let value = serde_json::json!({"a\u{9b}": "b\u{1b}\u{7f}é🚀\u{e0001}"});
        let mut written = Vec::new();
        serde_json::to_writer_pretty(JsonWriter::new(&mut written), &value).unwrap();
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written, json(&serde_json::to_string_pretty(&value).unwrap()));
        assert!(!written.contains(|character: char| steers(character) && character != '\n'));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&written).unwrap(),
            value
        );
    }

    #[test]
    fn ordinary_text_stays() {
        for text in ["", "Füße ✓ 日本語 🚀", "a → b"] {
            assert_eq!(line(text), text);
            assert!(matches!(line(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn json_means_the_same() {
        let original = "\u{1b}\u{9b}\u{202e}\u{7f}é\u{e0041}";
        let text = serde_json::to_string(original).unwrap();
        let escaped = json(&text);
        assert_eq!(escaped, "\"\\u001b\\u009b\\u202e\\u007fé\\udb40\\udc41\"");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), original);
    }
}
