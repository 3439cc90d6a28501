//! Splits Rego into tokens, as far as is needed to see how it nests.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// Any other sign, such as `:=` or `.`.
    Sign,
    /// A text, in quotes or backquotes.
    Text,
    /// A name, a keyword or a number.
    Word,
    /// The end of a line.
    LineEnd,
}

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) at: Range<usize>,
    /// From 1.
    pub(crate) line: u32,
}

/// The tokens of a text. A text that does not end ends them: the parser tells that mistake.
pub(crate) struct Tokens<'a> {
    text: &'a str,
    position: usize,
    line: u32,
}

impl<'a> Tokens<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self {
            text,
            position: 0,
            line: 1,
        }
    }

    /// Goes on at a later position.
    pub(crate) fn skip_to(&mut self, position: usize) {
        let skipped = self.text.get(self.position..position).unwrap_or_default();
        self.line += line_ends(skipped);
        self.position = position;
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let space = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
            self.position += space;
            let Some(comment) = self.rest().strip_prefix('#') else {
                return;
            };
            self.position += 1 + comment.find('\n').unwrap_or(comment.len());
        }
    }
}

fn line_ends(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}

/// How long the token at the start of a text is, and what it is.
fn measure(rest: &str) -> Option<(Kind, usize)> {
    let first = rest.chars().next()?;
    let found = match first {
        '\n' => (Kind::LineEnd, 1),
        '(' | '[' | '{' => (Kind::Open, 1),
        ')' | ']' | '}' => (Kind::Close, 1),
        '"' => (Kind::Text, quoted(rest)?),
        '`' => (Kind::Text, rest.get(1..)?.find('`')? + 2),
        letter if letter.is_ascii_alphanumeric() || letter == '_' => {
            let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            (Kind::Word, end.unwrap_or(rest.len()))
        }
        ':' | '=' | '!' | '<' | '>' if rest.as_bytes().get(1) == Some(&b'=') => (Kind::Sign, 2),
        other => (Kind::Sign, other.len_utf8()),
    };
    Some(found)
}

/// The length of a text in quotes; none when it does not end in its line.
fn quoted(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            '\n' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_space();
        let (kind, length) = measure(self.rest())?;
        let at = self.position..self.position + length;
        let text = self.text.get(at.clone())?;
        let line = self.line;
        self.position = at.end;
        self.line += line_ends(text);
        Some(Token { kind, text, at, line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_comments_hide_what_is_in_them() {
        let text = "a := \"x # [\\\" {\" # {[(\nb == `\n{` | c1";
        let tokens: Vec<(&str, u32)> = Tokens::of(text).map(|token| (token.text, token.line)).collect();
        assert_eq!(
            tokens,
            [
                ("a", 1),
                (":=", 1),
                ("\"x # [\\\" {\"", 1),
                ("\n", 1),
                ("b", 2),
                ("==", 2),
                ("`\n{`", 2),
                ("|", 3),
                ("c1", 3)
            ]
        );
        assert_eq!(Tokens::of("a \"b").count(), 1);
    }
}
