//! Steps through JSON text without reading values. What is stepped over is checked to be JSON: nothing that
//! another reader would refuse is passed.

use std::ops::Range;

/// Deeper than this no plan is nested.
const MOST_NESTED: u32 = 127;

/// Why a step could not be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The text ends in the middle.
    End,
    /// Something else stands at this position than what is expected.
    Unexpected(usize, &'static str),
    /// The nesting is too deep at this position.
    Deep(usize),
}

/// A position in a text.
pub(super) struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// Where the cursor stands.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// A part of the text, which must be the place of something that was stepped over.
    pub(super) fn part(&self, place: &Range<usize>) -> &'t str {
        let bytes = self.text.get(place.clone()).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The next byte that is no white space; it is not stepped over.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> Result<u8, Stop> {
        match self.text.get(self.at) {
            Some(byte) if *byte > b' ' => Ok(*byte),
            _ => self.peek_behind_space(),
        }
    }

    #[inline(never)]
    fn peek_behind_space(&mut self) -> Result<u8, Stop> {
        while let Some(byte) = self.text.get(self.at) {
            match byte {
                b' ' | b'\n' | b'\t' | b'\r' => self.at += 1,
                _ => return Ok(*byte),
            }
        }
        Err(Stop::End)
    }

    /// Steps over one byte if it comes next.
    pub(super) fn take(&mut self, byte: u8) -> Result<bool, Stop> {
        let comes = self.peek()? == byte;
        self.at += usize::from(comes);
        Ok(comes)
    }

    pub(super) fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Stop> {
        match self.take(byte)? {
            true => Ok(()),
            false => Err(Stop::Unexpected(self.at, what)),
        }
    }

    /// Steps over the key of an object and its colon, and answers the place between the quotes.
    #[inline(always)]
    pub(super) fn key(&mut self) -> Result<Range<usize>, Stop> {
        if self.peek()? != b'"' {
            return Err(Stop::Unexpected(self.at, "a key"));
        }
        let key = self.string()?;
        self.expect(b':', "a colon")?;
        Ok(key)
    }

    /// Steps through an object and hands on each key, with the cursor at its value.
    pub(super) fn object(
        &mut self,
        mut part: impl FnMut(&mut Self, &'t [u8]) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.expect(b'{', "an object")?;
        if self.take(b'}')? {
            return Ok(());
        }
        loop {
            let key = self.key()?;
            part(self, self.text.get(key).unwrap_or_default())?;
            if self.take(b'}')? {
                return Ok(());
            }
            self.expect(b',', "a comma or the end of the object")?;
        }
    }

    /// Steps over a value, and answers its place. If it repeats an earlier one letter by letter, it is compared with
    /// that instead of being read: what stays as it is stands in a plan twice.
    pub(super) fn value_like(&mut self, earlier: Option<&Range<usize>>) -> Result<Range<usize>, Stop> {
        let earlier = earlier.and_then(|place| self.text.get(place.clone()));
        // Only these tell by themselves where they end.
        if let Some(earlier @ [b'{' | b'[' | b'"', ..]) = earlier {
            self.peek()?;
            let place = self.at..self.at + earlier.len();
            if self.text.get(place.clone()) == Some(earlier) {
                self.at = place.end;
                return Ok(place);
            }
        }
        self.value()
    }

    /// Steps over a value, whatever it is, and answers its place.
    pub(super) fn value(&mut self) -> Result<Range<usize>, Stop> {
        self.peek()?;
        let start = self.at;
        // Whether each level around the cursor is an object, the innermost in the lowest bit.
        let (mut depth, mut objects) = (0_u32, 0_u128);
        loop {
            let opened = self.peek()?;
            match opened {
                b'"' => _ = self.string()?,
                b'{' | b'[' => {
                    self.at += 1;
                    depth += 1;
                    if depth > MOST_NESTED {
                        return Err(Stop::Deep(self.at));
                    }
                    let is_object = opened == b'{';
                    objects = objects << 1 | u128::from(is_object);
                    // `]` stands two behind `[`, and `}` two behind `{`.
                    if self.peek()? != opened + 2 {
                        if is_object {
                            self.key()?;
                        }
                        continue;
                    }
                    self.at += 1;
                    (depth, objects) = (depth - 1, objects >> 1);
                }
                _ => self.plain(opened)?,
            }
            loop {
                if depth == 0 {
                    return Ok(start..self.at);
                }
                let in_object = objects & 1 == 1;
                match (self.peek()?, in_object) {
                    (b',', _) => {
                        self.at += 1;
                        if in_object {
                            self.key()?;
                        }
                        break;
                    }
                    (b'}', true) | (b']', false) => {
                        self.at += 1;
                        (depth, objects) = (depth - 1, objects >> 1);
                    }
                    _ => {
                        return Err(Stop::Unexpected(
                            self.at,
                            "a comma or the end of a list or object",
                        ));
                    }
                }
            }
        }
    }

    /// Steps over a number, `true`, `false` or `null`.
    #[inline(always)]
    fn plain(&mut self, first: u8) -> Result<(), Stop> {
        let literal: &[u8] = match first {
            b't' => b"true",
            b'f' => b"false",
            b'n' => b"null",
            _ => return self.number(),
        };
        let rest = self.text.get(self.at..).unwrap_or_default();
        if rest.starts_with(literal) {
            self.at += literal.len();
            return Ok(());
        }
        Err(match literal.starts_with(rest) {
            true => Stop::End,
            false => Stop::Unexpected(self.at, "a value"),
        })
    }

    #[inline(never)]
    fn number(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let wrong = Stop::Unexpected(start, "a value");
        self.at += usize::from(self.text.get(self.at) == Some(&b'-'));
        let leading = self.at;
        let whole = self.digits()?;
        if whole == 0 || (whole > 1 && self.text.get(leading) == Some(&b'0')) {
            return Err(wrong);
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            if self.digits()? == 0 {
                return Err(wrong);
            }
        }
        if let Some(b'e' | b'E') = self.text.get(self.at) {
            self.at += 1;
            self.at += usize::from(matches!(self.text.get(self.at), Some(b'+' | b'-')));
            if self.digits()? == 0 {
                return Err(wrong);
            }
        }
        Ok(())
    }

    /// Steps over digits, behind which something must stand.
    fn digits(&mut self) -> Result<usize, Stop> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.text.get(self.at) {
            self.at += 1;
        }
        match self.at < self.text.len() {
            true => Ok(self.at - start),
            false => Err(Stop::End),
        }
    }

    /// Steps over a text whose first quote comes next, and answers the place between the quotes.
    #[inline(always)]
    fn string(&mut self) -> Result<Range<usize>, Stop> {
        self.at += 1;
        let start = self.at;
        loop {
            self.at += plain_length(self.text.get(self.at..).unwrap_or_default());
            if self.text.get(self.at) == Some(&b'"') {
                self.at += 1;
                return Ok(start..self.at - 1);
            }
            self.escape()?;
        }
    }

    /// Steps over an escape; nothing else may stand in a text that is not plain.
    #[inline(never)]
    fn escape(&mut self) -> Result<(), Stop> {
        match self.text.get(self.at) {
            Some(b'\\') => match self.text.get(self.at + 1) {
                Some(b'u') => self.code()?,
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
                Some(_) => return Err(Stop::Unexpected(self.at, "an escape")),
                None => return Err(Stop::End),
            },
            Some(_) => return Err(Stop::Unexpected(self.at, "no control character in a text")),
            None => return Err(Stop::End),
        }
        Ok(())
    }

    /// Steps over `\u` and its four digits.
    fn code(&mut self) -> Result<(), Stop> {
        let digits = self.text.get(self.at + 2..).unwrap_or_default();
        let digits = digits.get(..4).unwrap_or(digits);
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(Stop::Unexpected(self.at, "an escape"));
        }
        if digits.len() < 4 {
            return Err(Stop::End);
        }
        self.at += 6;
        Ok(())
    }
}

/// How many bytes stand before a quote, a backslash or a control character: eight at a time, because texts are
/// most of a plan.
#[inline(always)]
fn plain_length(text: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word;
    let (words, rest) = text.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let found =
            (zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\'))) | control)
                & HIGHS;
        if found != 0 {
            return at * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let is_plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..0x20);
    text.len() - rest.len() + rest.iter().take_while(is_plain).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn steps_over(text: &str) -> Result<usize, Stop> {
        Cursor::new(text.as_bytes()).value().map(|place| place.end)
    }

    #[test]
    fn values_are_stepped_over() {
        for text in [
            r#""a\"b\\""#,
            r#"{"a":[1,-2.5e+3,{"b":null}],"c":{},"d":[],"e":true}"#,
            " \n[ 1 , \"\\u00e9 long enough to be looked at in words\" , false ]",
        ] {
            assert_eq!(steps_over(&format!("{text},")), Ok(text.len()), "{text}");
        }
    }

    #[test]
    fn a_value_that_repeats_another_ends_where_it_ends() {
        for (first, second) in [
            (r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"{"a":[1]}"#, r#"{"a":[2]}"#),
            (r#""ab""#, r#""abc""#),
            ("1", "12"),
            ("[]", "[1]"),
            ("{}", "null"),
        ] {
            let text = format!("[{first}, {second}]");
            let mut cursor = Cursor::new(text.as_bytes());
            cursor.expect(b'[', "a list").unwrap();
            let earlier = cursor.value().unwrap();
            cursor.expect(b',', "a comma").unwrap();
            let place = cursor.value_like(Some(&earlier)).unwrap();
            assert_eq!(cursor.part(&place), second);
            assert_eq!(cursor.take(b']'), Ok(true), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_not() {
        for text in [
            "tru,",
            "[1,]",
            "{\"a\"}",
            "{\"a\":1,}",
            "[1}",
            "{\"a\":1]",
            "01,",
            "1.,",
            "-,",
            "1e,",
            "[\"\\x\"]",
            "[\"a\nb\"]",
            "{a:1}",
            "[,]",
            "{,}",
            "nul,",
            "'a'",
        ] {
            assert!(matches!(steps_over(text), Err(Stop::Unexpected(..))), "{text}");
        }
        assert!(matches!(steps_over(&"[".repeat(200)), Err(Stop::Deep(_))));
    }

    proptest! {
        /// The judgement is that of a reader that reads everything, and a text that is cut off is never whole.
        #[test]
        fn json_is_what_others_hold_to_be_json(text in r#"[\[\]{}:,"\\a1.e\-tru\n ]{0,24}"#) {
            let whole = format!("[{text}] ");
            let accepted = serde_json::from_str::<serde::de::IgnoredAny>(&whole).is_ok();
            let mut cursor = Cursor::new(whole.as_bytes());
            let stepped = cursor.value().is_ok() && matches!(cursor.peek(), Err(Stop::End));
            prop_assert_eq!(accepted, stepped);
            if accepted {
                for end in 0..whole.trim_end().len() {
                    prop_assert_eq!(Cursor::new(&whole.as_bytes()[..end]).value(), Err(Stop::End));
                }
            }
        }
    }
}
