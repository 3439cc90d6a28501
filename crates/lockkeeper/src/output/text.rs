//! Measuring, wrapping and padding text as a terminal shows it.

use unicode_width::UnicodeWidthStr;

/// How many columns a text without styles takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text, filled up with spaces to the width.
pub(crate) fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// The text in lines of at most `limit` columns, broken between words. A word that is longer stays
/// whole: addresses and commands are there to be copied.
pub(crate) fn wrap(text: &str, limit: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in text.split_whitespace() {
        let fits = width(&current) + 1 + width(word) <= limit;
        if !current.is_empty() && !fits {
            lines.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(word);
    }
    if !current.is_empty() || lines.is_empty() {
        lines.push(current);
    }
    lines
}

/// The text cut to `limit` columns, with an ellipsis when something is missing.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    if width(text) <= limit {
        return text.to_owned();
    }
    let mut short = String::new();
    for character in text.chars() {
        if width(&short) + width(character.encode_utf8(&mut [0; 4])) >= limit {
            break;
        }
        short.push(character);
    }
    short.push('…');
    short
}

/// `1 gate`, `2 gates`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_between_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a-very-long-address b", 5), ["a-very-long-address", "b"]);
        assert_eq!(wrap("日本 日本", 5), ["日本", "日本"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn shortens_to_columns() {
        assert_eq!(shorten("short", 5), "short");
        assert_eq!(shorten("longer", 5), "long…");
        assert_eq!(shorten("日本日本", 5), "日本…");
    }
}
