//! Cuts the bytes that a child writes into lines of clean text.

use crate::mask::Mask;

/// The longest line that is kept, in bytes.
pub(super) const LONGEST_LINE: usize = 64 * 1024;

/// Collects bytes until a line is complete. A line ends with LF, CR LF, or CR, which progress bars use.
pub(super) struct Lines {
    mask: Mask,
    buffer: Vec<u8>,
    after_carriage_return: bool,
    /// Whether bytes of the line were left out because it is too long.
    cut: bool,
}

impl Lines {
    pub(super) fn new(mask: Mask) -> Self {
        Self {
            mask,
            buffer: Vec::new(),
            after_carriage_return: false,
            cut: false,
        }
    }

    /// Takes bytes, and hands on every line that they complete, masked and without its end.
    pub(super) fn push(&mut self, bytes: &[u8], mut line: impl FnMut(String)) {
        // What lies beyond the longest line is needed to know a secret that reaches over its end.
        let room = LONGEST_LINE + self.mask.lookahead();
        for &byte in bytes {
            let second_half_of_line_end = byte == b'\n' && self.after_carriage_return;
            self.after_carriage_return = byte == b'\r';
            match byte {
                b'\n' if second_half_of_line_end => {}
                b'\n' | b'\r' => line(self.take()),
                _ if self.buffer.len() < room => self.buffer.push(byte),
                _ => self.cut = true,
            }
        }
    }

    /// What is left at the end of the output: a line without an end.
    pub(super) fn rest(&mut self) -> Option<String> {
        (!self.buffer.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> String {
        let text = clean(&String::from_utf8_lossy(&self.buffer));
        let too_long = std::mem::take(&mut self.cut) || self.buffer.len() > LONGEST_LINE;
        self.buffer.clear();
        if !too_long {
            return self.mask.apply(&text).into_owned();
        }
        format!(
            "{} [cut, the line is too long]",
            self.mask.apply_to_first(&text, LONGEST_LINE)
        )
    }
}

/// The text without colours and control characters, which could fool the terminal of a reader.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' if characters.next_if_eq(&'[').is_some() => {
                // A control sequence ends with a character from `@` to `~` (ECMA-48, 5.4).
                for inner in characters.by_ref() {
                    if ('@'..='~').contains(&inner) {
                        break;
                    }
                }
            }
            '\t' => clean.push('\t'),
            other if other.is_control() => {}
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use lockkeeper_domain::secret::Secret;

    use super::*;

    fn lines_of(mask: &Mask, pieces: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::new(mask.clone());
        let mut found = Vec::new();
        for piece in pieces {
            lines.push(piece, |line| found.push(line));
        }
        found.extend(lines.rest());
        found
    }

    #[test]
    fn ends_of_lines() {
        let found = lines_of(&Mask::default(), &[b"a\nb\r", b"\nc\rd\n\ne"]);
        assert_eq!(found, ["a", "b", "c", "d", "", "e"]);
    }

    #[test]
    fn characters_in_two_pieces_and_no_characters_at_all() {
        assert_eq!(
            lines_of(&Mask::default(), &[b"\xc3", b"\xa9 \xff\n"]),
            ["é \u{fffd}"]
        );
    }

    #[test]
    fn colours_and_control_characters_are_left_out() {
        assert_eq!(
            lines_of(&Mask::default(), &[b"\x1b[1;31mred\x1b[0m\t\x07!\x1b]0;t\n"]),
            ["red\t!]0;t"]
        );
    }

    #[test]
    fn a_secret_in_two_pieces_is_masked() {
        let mask = Mask::new(&[Secret::new("correct-horse")]);
        assert_eq!(lines_of(&mask, &[b"x correct", b"-horse y\n"]), ["x [masked] y"]);
    }

    #[test]
    fn a_secret_at_the_end_of_a_line_that_is_too_long_is_masked() {
        let mask = Mask::new(&[Secret::new("correct-horse")]);
        let long = [
            vec![b'x'; LONGEST_LINE - 3],
            b"correct-horse and more".to_vec(),
            vec![b'y'; 100_000],
        ]
        .concat();
        let found = lines_of(&mask, &[&long, b"\nnext\n"]);
        assert!(
            found[0].ends_with("x[masked] [cut, the line is too long]"),
            "{}",
            &found[0][LONGEST_LINE - 9..]
        );
        assert_eq!(found[1], "next");
    }
}
