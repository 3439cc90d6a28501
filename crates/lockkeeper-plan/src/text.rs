//! Text from plans, made safe to print: a plan is written by whoever proposed the change.

use lockkeeper_domain::effect::Effect;
use serde_json::Value;

/// The text on one line with control characters escaped, shortened to at most `length` characters.
pub fn excerpt(text: &str, length: usize) -> String {
    let mut characters = text.chars();
    let mut shown: String = characters.by_ref().take(length).flat_map(escape).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// The text with control characters (ANSI escapes among them), line breaks and characters that
/// reorder or hide text escaped.
pub fn visible(text: &str) -> String {
    text.chars().flat_map(escape).collect()
}

/// The JSON document that a text holds: an object or an array.
pub fn json_in(text: &str) -> Option<Value> {
    match text.trim_start().starts_with(['{', '[']) {
        true => serde_json::from_str(text).ok(),
        false => None,
    }
}

/// What an effect does to its object, safe to print: `replaces aws_db_instance.main`. The verb of an
/// action that is not known comes from the plan as well.
pub fn deed(effect: &Effect) -> String {
    format!(
        "{} {}",
        visible(&effect.action.to_string()),
        visible(&effect.address)
    )
}

/// One character, escaped when it must not reach a terminal or a page as it is.
fn escape(character: char) -> impl Iterator<Item = char> {
    let escaped: Vec<char> = match character {
        '\n' => vec!['\\', 'n'],
        '\r' => vec!['\\', 'r'],
        '\t' => vec!['\\', 't'],
        character if character.is_control() || reorders_or_hides(character) => {
            character.escape_unicode().collect()
        }
        character => vec![character],
    };
    escaped.into_iter()
}

/// Marks that turn the direction of text or take no room: `+` could be made to look like `-`.
fn reorders_or_hides(character: char) -> bool {
    matches!(character,
        '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{61C}'
        | '\u{AD}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_the_cursor_gets_through() {
        assert_eq!(
            visible("a\u{1b}[31mb\r\n\u{202e}c"),
            "a\\u{1b}[31mb\\r\\n\\u{202e}c"
        );
        assert_eq!(visible("café 漢字"), "café 漢字");
    }

    #[test]
    fn an_excerpt_says_that_it_is_one() {
        assert_eq!(excerpt("abc", 3), "abc");
        assert_eq!(excerpt("abcd", 3), "abc…");
    }
}
