//! Text that others wrote must not steer the terminal: no colours, no cursor movements, no text that
//! reads in another order than it stands.

use std::borrow::Cow;

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
